// What a person does at the pages, by the names that they read. The agent's window is a person's other window.

import { expect, type Locator, type Page } from '@playwright/test'
import type { Key, PlatformId } from './stack.ts'
import type { Organisation } from './world.ts'

export async function registerByPage(page: Page, o: Organisation): Promise<void> {
  await page.goto('register')
  await page.getByLabel('单位名称').fill(o.name)
  await page.getByLabel('统一社会信用代码').fill(o.uscc)
  await page.getByLabel('姓名').fill(o.person)
  await page.getByLabel('手机号').fill(o.phone)
  await page.getByLabel('账号').fill(o.account)
  await page.getByLabel('密码', { exact: true }).fill(o.password)
  await page.getByLabel('确认密码').fill(o.password)
  await page.getByRole('main').getByRole('button', { name: '注册' }).click()
  await expect(page.getByRole('heading', { name: '应用中心' })).toBeVisible()
}

export async function logInByPassword(page: Page, account: string, password: string): Promise<void> {
  await page.goto('login')
  await page.getByLabel('账号', { exact: true }).fill(account)
  await page.getByLabel('密码', { exact: true }).fill(password)
  await page.getByRole('main').getByRole('button', { name: '登录', exact: true }).click()
  await expect(page.getByRole('heading', { name: '应用中心' })).toBeVisible()
}

export async function logOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: '退出' }).click()
  await expect(page.getByRole('heading', { name: '登录', exact: true })).toBeVisible()
}

/** What begins a binding: in 公e采's manual reading the number, in 政采云's the dialog. */
export const BEGIN: Record<PlatformId, string> = { gongecai: '获取 CA 编号', zcygov: '绑定 CA' }
/** What releases one, and what the question's button says. */
export const RELEASE: Record<PlatformId, { button: string; question: string; confirm: string }> = {
  gongecai: { button: '删除', question: '确认删除该 CA 证书编号吗', confirm: '确认删除' },
  zcygov: { button: '解除绑定', question: '确认要解除 CA 绑定吗', confirm: '确认' },
}

/** Walks to the list of bindings as the platform's manual says. */
export async function toBindings(page: Page, on: PlatformId): Promise<void> {
  await page.goto('apps')
  await page.getByRole('main').getByRole('link', { name: on === 'gongecai' ? '个人中心' : '系统管理' }).click()
  await page.getByRole('main').getByRole('link', { name: on === 'gongecai' ? 'CA 绑定' : 'CA 绑定与解绑', exact: true }).click()
  await expect(page.getByRole('button', { name: BEGIN[on] })).toBeVisible()
}

/** The agent's window, opened by a click. */
export class AgentWindow {
  constructor(readonly page: Page) {}

  /** Does what opens it, and waits until it shows what it is for. */
  static async openedBy(page: Page, deed: () => Promise<void>): Promise<AgentWindow> {
    const opened = page.waitForEvent('popup')
    await deed()
    const window = new AgentWindow(await opened)
    await expect(window.page.getByRole('main')).toBeVisible()
    return window
  }

  row(key: Key): Locator {
    return this.page.getByRole('radio', { name: key.number })
  }

  /** Picks a key and enters a PIN. */
  async sign(key: Key, pin = key.pin): Promise<void> {
    await this.row(key).check()
    await this.enter(pin)
  }

  async enter(pin: string): Promise<void> {
    await this.page.getByLabel('PIN').fill(pin)
    await this.confirm.click()
  }

  /** Makes a key on the blank device: whom it is for is shown; answers the first PIN, as the PIN sheet has it. */
  async produce(organisation: string): Promise<string> {
    await expect(this.page.getByRole('main')).toContainText(organisation)
    await this.page.getByRole('radio', { name: /空白锁/ }).check()
    const agree = this.page.getByRole('button', { name: '继续', exact: true })
    if (await agree.isVisible()) await agree.click()
    const pin = await this.page.locator('.first-pin code').innerText()
    await this.page.getByLabel('已打印或抄写初始 PIN 码').check()
    await this.page.getByRole('button', { name: '开始制证' }).click()
    await expect(this.page.getByText('证书已写入并读回核对')).toBeVisible({ timeout: 60_000 })
    return pin
  }

  /** Renews: the key that is plugged in proves itself, and its new certificates are written. */
  async renew(key: Key): Promise<void> {
    await expect(this.page.getByRole('main')).toContainText(key.number)
    await this.row(key).check()
    await this.page.getByLabel('这把锁的 PIN 码').fill(key.pin)
    await this.page.getByRole('button', { name: '开始续期' }).click()
    await expect(this.page.getByText('新证书已写入并读回核对')).toBeVisible({ timeout: 60_000 })
  }

  /** Fetches the authority to unlock, and sets a new PIN. */
  async unlock(key: Key, pin: string): Promise<void> {
    await expect(this.page.getByRole('main')).toContainText(key.number)
    await this.page.getByRole('button', { name: '开始解锁' }).click()
    await this.page.getByLabel('新 PIN 码', { exact: true }).fill(pin)
    await this.page.getByLabel('再次输入新 PIN 码', { exact: true }).fill(pin)
    await this.page.getByRole('button', { name: '设置新的 PIN 码并解锁' }).click()
    await expect(this.page.getByText('请使用新的 PIN 码')).toBeVisible({ timeout: 60_000 })
  }

  /** Closes a window that stays until one has read it. */
  async leave(): Promise<void> {
    await this.page.getByRole('button', { name: '关闭窗口' }).click()
    await this.closed()
  }

  get confirm(): Locator {
    return this.page.getByRole('button', { name: /^确认/ })
  }

  get problem(): Locator {
    return this.page.getByRole('alert')
  }

  /** It says that it worked, and closes by itself. */
  async closed(): Promise<void> {
    if (!this.page.isClosed()) await this.page.waitForEvent('close')
  }
}

/** Opens the dialog, has the number read by the agent's window, and confirms. */
export async function bind(page: Page, on: PlatformId, key: Key): Promise<void> {
  await toBindings(page, on)
  await proveForBinding(page, on, key)
  const dialog = page.getByRole('dialog')
  if (on === 'gongecai') {
    await expect(dialog.getByLabel('CA 编号')).toHaveValue(key.number)
    await dialog.getByRole('button', { name: '确定' }).click()
  }
  await expect(page.getByText('绑定成功')).toBeVisible()
  await expect(page.getByRole('row').filter({ hasText: key.number })).toBeVisible()
}

/** As far as the key has proved itself, or was refused. */
export async function proveForBinding(page: Page, on: PlatformId, key: Key): Promise<void> {
  const begin = page.getByRole('button', { name: BEGIN[on] })
  if (on === 'zcygov') await begin.click()
  const window = await AgentWindow.openedBy(page, () => (on === 'gongecai' ? begin : page.getByRole('dialog').getByRole('button', { name: '确定' })).click())
  await window.sign(key)
  await window.closed()
}

/** The CA 登录 tab, its button, and the agent's window. */
export async function detectAndLogIn(page: Page): Promise<AgentWindow> {
  await page.goto('login?tab=ca')
  await page.getByRole('tab', { name: 'CA 登录' }).click()
  return AgentWindow.openedBy(page, () => page.getByRole('button', { name: '检测 CA 并登录' }).click())
}

export async function logInByKey(page: Page, key: Key): Promise<void> {
  const window = await detectAndLogIn(page)
  await window.sign(key)
  await window.closed()
  await expect(page.getByRole('heading', { name: '应用中心' })).toBeVisible()
}


/** Releases a key by the platform's words; a platform may want that one is logged in with it. */
export async function release(page: Page, on: PlatformId, key: Key): Promise<void> {
  const { button, question, confirm } = RELEASE[on]
  await page.getByRole('row').filter({ hasText: key.number }).getByRole('button', { name: button }).click()
  const asked = page.getByRole('dialog')
  await expect(asked).toContainText(question)
  await asked.getByRole('button', { name: confirm, exact: true }).click()
}
