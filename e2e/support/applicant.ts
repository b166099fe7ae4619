// A company at its browser that applies for something: registered by the API, its forms filled by the API where the
// wizard is not what the journey is about.

import { expect, type Browser, type BrowserContext, type Page } from '@playwright/test'
import { Api } from './api.ts'
import type { PlatformId, Stack } from './stack.ts'
import { register, watch } from './browsing.ts'
import { newOrganisation, png, type Organisation } from './world.ts'

export interface Application {
  id: string
  number: string
  state: string
  version: number
  fee: number
  papers: { id: string }[]
}

export class Applicant {
  private constructor(
    readonly page: Page,
    readonly api: Api,
    readonly organisation: Organisation,
    private readonly context: BrowserContext,
    private readonly faults: string[],
  ) {}

  /** Registers a new company and comes to its applications centre. */
  static async at(browser: Browser, stack: Stack, on: PlatformId, name: string): Promise<Applicant> {
    const context = await browser.newContext({ baseURL: stack.url(on), locale: 'zh-CN', viewport: { width: 1280, height: 860 }, acceptDownloads: true })
    context.setDefaultTimeout(15_000)
    const faults = await watch(context)
    const organisation = newOrganisation(name)
    await register(context.request, stack.url(on), organisation)
    const api = new Api(context, stack.url(on))
    await api.post('/sessions/password', { account: organisation.account, password: organisation.password })
    const page = await context.newPage()
    await page.goto('apps')
    await expect(page.getByRole('heading', { name: '应用中心' })).toBeVisible()
    return new Applicant(page, api, organisation, context, faults)
  }

  /** What an application of this company says. */
  form(more: Record<string, unknown> = {}): Record<string, unknown> {
    const o = this.organisation
    return {
      organisation: o.name, uscc: o.uscc, legal_representative: '王法人', handler: o.person, handler_phone: o.phone, holder: o.name, years: 1, recipient: o.person, recipient_phone: o.phone,
      address: '厦门市思明区湖滨南路 1 号 1001 室', delivery: 'courier', invoice: { kind: 'ordinary', title: o.name, tax_number: o.uscc, email: 'invoice@example.cn' }, ...more,
    }
  }

  /** Fills in and submits, with a picture for each paper that is wanted. */
  async submit(provider: string, kind: string, more: { key_number?: string; form?: Record<string, unknown> } = {}): Promise<Application> {
    const draft = await this.api.post<Application>('/applications', { provider, kind, type: 'organisation', ...(more.key_number ? { key_number: more.key_number } : {}) })
    await this.api.put(`/applications/${draft.id}/form`, { version: draft.version, form: this.form(more.form) })
    for (const paper of draft.papers) await this.api.file(`/applications/${draft.id}/materials?material=${paper.id}&name=paper.png`, 'image/png', png())
    return this.api.post(`/applications/${draft.id}/submit`)
  }

  /** Pays at the gateway's page and comes back. */
  async pay(application: { id: string }): Promise<void> {
    const { redirect } = await this.api.post<{ redirect: string }>(`/applications/${application.id}/payments`, { method: 'gateway' })
    await this.page.goto(redirect)
    await this.page.getByRole('button', { name: '确认支付' }).click()
    await expect(this.page.getByRole('main')).toContainText('已确认')
  }

  async open(application: { id: string }): Promise<void> {
    await this.page.goto(`applications/${application.id}`)
    await expect(this.page.getByText(/^受理编号/)).toBeVisible()
  }

  /** Nothing happened that no page may do. */
  check(): void {
    expect(this.faults, 'what no page may do').toEqual([])
  }

  async end(): Promise<void> {
    this.check()
    await this.context.close()
  }
}
