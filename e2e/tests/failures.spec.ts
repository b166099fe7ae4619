// Each thing that goes wrong, caused for real; each with its message and its next step, and nothing lost.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Page } from '@playwright/test'
import { bind, detectAndLogIn, logInByKey, logInByPassword, logOut, proveForBinding, toBindings } from '../support/person.ts'
import { Stack } from '../support/stack.ts'
import { expect, launch, register, test, watch } from '../support/test.ts'
import { newOrganisation } from '../support/world.ts'

const WRONG_PIN = '00000000'

/** The page's notice: what happened, and what to do. */
async function says(page: Page, message: string): Promise<void> {
  const notice = page.getByRole('alert').filter({ hasText: message })
  await expect(notice).toBeVisible()
  await expect(notice.locator('.problem__do')).not.toBeEmpty()
}

test('a wrong PIN is told with the tries that are left, and the right one goes on from there', async ({ page, stack, organisation }) => {
  const key = await stack.newKey(organisation, 'szca')
  await logInByPassword(page, organisation.account, organisation.password)
  await toBindings(page, 'gongecai')
  const opened = page.waitForEvent('popup')
  await page.getByRole('button', { name: '获取 CA 编号' }).click()
  const { AgentWindow } = await import('../support/person.ts')
  const window = new AgentWindow(await opened)
  await window.sign(key, WRONG_PIN)
  await expect(window.problem).toContainText('PIN 码错误')
  await expect(window.problem).toContainText(/\d/)
  await window.enter(key.pin)
  await window.closed()
  await expect(page.getByRole('dialog').getByLabel('CA 编号')).toHaveValue(key.number)
})

test('a locked key says so, and is good again once it was unblocked', async ({ page, stack, organisation }) => {
  const key = await stack.newKey(organisation, 'szca')
  await logInByPassword(page, organisation.account, organisation.password)
  await bind(page, 'gongecai', key)
  await logOut(page)
  const [locked] = await stack.key('--lock', key.number)
  expect(locked?.state).toBe('locked')

  const window = await detectAndLogIn(page)
  await window.row(key).check()
  await expect(window.page.getByRole('main')).toContainText('锁死')
  await stack.key('--unblock', key.number)
  await window.page.close()

  await logInByKey(page, key)
})

test('without a key the agent says that none is there, and sees it once it is plugged in', async ({ page, stack, organisation }) => {
  const key = await stack.newKey(organisation, 'szca')
  await stack.withOnly([], async () => {
    const window = await detectAndLogIn(page)
    await expect(window.page.getByRole('main')).toContainText('未检测到 CA 锁')
    await stack.key('--plug', key.number)
    await expect(window.row(key)).toBeVisible({ timeout: 20_000 })
    await window.page.close()
  })
  await says(page, '操作已取消')
})

test('a key that is not bound is told so, and the way to binding is one click', async ({ page, stack, organisation }) => {
  const key = await stack.newKey(organisation, 'szca')
  const window = await detectAndLogIn(page)
  await window.sign(key)
  await window.closed()
  await says(page, '证书有效但未绑定')
  await page.getByRole('button', { name: '用账号密码登录并绑定' }).click()
  await page.getByLabel('账号', { exact: true }).fill(organisation.account)
  await page.getByLabel('密码', { exact: true }).fill(organisation.password)
  await page.getByRole('main').getByRole('button', { name: '登录', exact: true }).click()
  await expect(page.getByRole('button', { name: '获取 CA 编号' })).toBeVisible()
})

test('a key that another account has bound is refused, and that binding stays', async ({ page, stack }) => {
  const [first, second] = ['demo', 'demo2'].map((name) => stack.up.accounts.find((a) => a.name === name && a.platform === 'gongecai')!)
  const own = stack.up.keys.find((k) => k.organisation === first!.organisation)!
  const key = await stack.newKey({ name: own.organisation, uscc: own.uscc }, 'szca')
  await logInByPassword(page, first!.name, first!.password)
  await bind(page, 'gongecai', key)
  await logOut(page)
  await logInByPassword(page, second!.name, second!.password)
  await toBindings(page, 'gongecai')
  await proveForBinding(page, 'gongecai', key)
  const dialog = page.getByRole('dialog')
  const confirm = dialog.getByRole('button', { name: '确定' })
  await expect(page.getByRole('alert').or(confirm.and(page.locator(':enabled'))).first()).toBeVisible()
  if (await confirm.isEnabled()) await confirm.click()
  await says(page, '已被多人绑定')
})

test('a key of a provider that may not bind here is refused', async ({ page, stack, organisation }) => {
  const key = await stack.newKey(organisation, 'itrus')
  await logInByPassword(page, organisation.account, organisation.password)
  await toBindings(page, 'gongecai')
  await proveForBinding(page, 'gongecai', key)
  await says(page, '天威诚信的锁不能用于本平台绑定')
})

test('a key of another company is refused', async ({ page, stack, organisation }) => {
  const key = await stack.newKey(newOrganisation('别家供应商'), 'szca')
  await logInByPassword(page, organisation.account, organisation.password)
  await toBindings(page, 'gongecai')
  await proveForBinding(page, 'gongecai', key)
  await says(page, '证书单位与账户单位不一致')
})

test('an expired certificate can\'t be picked, and the password still logs in', async ({ page, stack, organisation }) => {
  const key = await stack.newKey(organisation, 'szca')
  await logInByPassword(page, organisation.account, organisation.password)
  await bind(page, 'gongecai', key)
  await logOut(page)
  await stack.key('--expire', key.number)
  const window = await detectAndLogIn(page)
  await expect(window.row(key)).toBeDisabled()
  await expect(window.page.getByRole('listitem').or(window.page.getByRole('presentation')).filter({ hasText: key.number })).toContainText('证书已过期')
  await window.page.getByRole('button', { name: '取消' }).click()
  await says(page, '操作已取消')
  await logInByPassword(page, organisation.account, organisation.password)
})

test('a revoked certificate is refused', async ({ page, stack, organisation }) => {
  const key = await stack.newKey(organisation, 'szca')
  await logInByPassword(page, organisation.account, organisation.password)
  await bind(page, 'gongecai', key)
  await logOut(page)
  await stack.key('--revoke', key.number)
  const window = await detectAndLogIn(page)
  await window.sign(key)
  await window.closed()
  await says(page, '证书已被吊销')
})

// Chromium grants one window a click. Here something else on the page is quicker, as a vendor's plug-in may be.
test('a popup that the browser blocked is told with the way to allow it, and the next click goes through', async ({ page, stack, organisation }) => {
  const key = await stack.newKey(organisation, 'szca')
  await logInByPassword(page, organisation.account, organisation.password)
  await bind(page, 'gongecai', key)
  await logOut(page)
  await page.goto('login?tab=ca')
  await page.evaluate(() => {
    addEventListener('click', () => { open('about:blank', 'another', 'popup') }, { capture: true, once: true })
  })
  await page.getByRole('button', { name: '检测 CA 并登录' }).click()
  await says(page, '浏览器拦截了弹出窗口')
  await logInByKey(page, key)
})

test('without the agent the page says so and leads to the downloads; once it runs, the login goes through', async ({ playwright }) => {
  test.setTimeout(240_000)
  const stack = await Stack.start(['--no-agent'])
  const agent = () => spawn(stack.up.agent_command[0]!, stack.up.agent_command.slice(1), {
    env: { ...process.env, ...stack.up.agent_environment }, stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ready = (child: ReturnType<typeof agent>) => once(createInterface({ input: child.stdout! }), 'line')
  const browser = await launch(playwright as unknown as typeof import('@playwright/test'), stack)
  try {
    const first = agent()
    await ready(first)
    const organisation = newOrganisation()
    const context = await browser.newContext({ baseURL: stack.url('gongecai'), locale: 'zh-CN' })
    const faults = await watch(context)
    const page = await context.newPage()
    await register(context.request, stack.url('gongecai'), organisation)
    const key = await stack.newKey(organisation, 'szca')
    await logInByPassword(page, organisation.account, organisation.password)
    await bind(page, 'gongecai', key)
    await logOut(page)

    const gone = once(first, 'exit')
    first.kill('SIGKILL')
    await gone
    await page.goto('login?tab=ca')
    await page.getByRole('tab', { name: 'CA 登录' }).click()
    await page.getByRole('button', { name: '检测 CA 并登录' }).click()
    await says(page, 'CA检测失败，未检测到客户端')
    await expect(page.getByRole('link', { name: '前往 CA 下载' })).toBeVisible()

    const second = agent()
    await ready(second)
    await logInByKey(page, key)
    expect(faults).toEqual([])
    const ended = once(second, 'exit')
    second.kill('SIGTERM')
    await ended
  } finally {
    await browser.close()
    await stack.end()
  }
})
