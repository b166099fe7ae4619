// The people of the back office, each with one duty, and what they do at their pages.

import { expect, type Browser, type Page } from '@playwright/test'
import type { PlatformId, Stack } from './stack.ts'
import { watch } from './test.ts'

export type Duty = 'intake' | 'review' | 'second_review' | 'production' | 'dispatch' | 'finance' | 'audit'

/** Somebody of the back office at a browser of their own. */
export class Officer {
  private constructor(
    readonly page: Page,
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
    return new Officer(page, faults)
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

  async end(): Promise<void> {
    expect(this.faults, 'what no page may do').toEqual([])
    await this.page.context().close()
  }
}
