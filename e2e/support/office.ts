// The people of the back office, each with one duty, and what they do at their pages. Each is logged in once a run:
// a desk stays open all day.

import { expect, type Browser, type Page } from '@playwright/test'
import { Api } from './api.ts'
import type { PlatformId, Stack } from './stack.ts'
import { watch } from './browsing.ts'

export type Duty = 'intake' | 'review' | 'second_review' | 'production' | 'dispatch' | 'finance' | 'audit'

/** The desks of a run, opened when somebody is first asked for. */
export class Office {
  private readonly desks = new Map<string, Promise<Officer>>()

  constructor(
    private readonly browser: Browser,
    private readonly stack: Stack,
  ) {}

  at(on: PlatformId, duty: Duty): Promise<Officer> {
    const name = `${on} ${duty}`
    const there = this.desks.get(name) ?? Officer.at(this.browser, this.stack, on, duty)
    this.desks.set(name, there)
    return there
  }

  /** Somebody opens an application and does one thing. */
  async handles(on: PlatformId, duty: Duty, number: string, deed: (officer: Officer) => Promise<void>): Promise<void> {
    const officer = await this.at(on, duty)
    await officer.open(number)
    await deed(officer)
    officer.check()
  }

  /** Both reviews pass, by the API: the pages of reviews have journeys of their own. */
  async approve(on: PlatformId, application: { id: string }): Promise<void> {
    for (const [duty, step] of [['review', 'review'], ['second_review', 'second-review']] as const) {
      const officer = await this.at(on, duty)
      await officer.api.post(`/operator/applications/${application.id}/${step}`, { decision: 'pass' })
    }
  }

  async end(): Promise<void> {
    for (const desk of this.desks.values()) await (await desk).end()
  }
}

/** Somebody of the back office at a browser of their own. */
export class Officer {
  private constructor(
    readonly page: Page,
    readonly api: Api,
    private readonly faults: string[],
  ) {}

  static async at(browser: Browser, stack: Stack, on: PlatformId, duty: Duty): Promise<Officer> {
    const account = stack.up.accounts.find((a) => a.platform === on && a.duties?.includes(duty))
    if (!account) throw new Error(`nobody has the duty ${duty} on ${on}`)
    const context = await browser.newContext({ baseURL: stack.url(on), locale: 'zh-CN', viewport: { width: 1280, height: 860 }, acceptDownloads: true })
    context.setDefaultTimeout(15_000)
    const faults = await watch(context)
    const page = await context.newPage()
    await page.goto('login')
    await page.getByLabel('账号', { exact: true }).fill(account.name)
    await page.getByLabel('密码', { exact: true }).fill(account.password)
    await page.getByRole('main').getByRole('button', { name: '登录', exact: true }).click()
    await expect(page.getByRole('heading', { name: '办理队列' })).toBeVisible()
    return new Officer(page, new Api(context, stack.url(on)), faults)
  }

  /** Finds an application by its number in the list and opens it. */
  async open(number: string): Promise<void> {
    await this.page.goto(`operator/applications?text=${number}`)
    await this.page.getByRole('main').getByRole('link', { name: number }).click()
    await expect(this.page.getByRole('heading', { name: '申请信息' })).toBeVisible()
  }

  /** 通过, after the question. */
  async pass(): Promise<void> {
    await this.page.getByRole('button', { name: '通过', exact: true }).click()
    await this.page.getByRole('dialog').getByRole('button', { name: '确认' }).click()
    await expect(this.page.getByText('已处理')).toBeVisible()
  }

  /** The newest message of the outbox to somebody. */
  async told(to: string): Promise<string> {
    await this.page.goto('operator/outbox')
    const item = this.page.getByRole('main').getByRole('listitem').filter({ hasText: to }).first()
    await expect(item).toBeVisible()
    return (await item.innerText()).trim()
  }

  /** Nothing happened at this desk that no page may do. */
  check(): void {
    expect(this.faults, 'what no page may do').toEqual([])
  }

  async end(): Promise<void> {
    this.check()
    await this.page.context().close()
  }
}
