// The agent's own page: the keys and their care, what was signed for whom, what sites may do, settings.

import type { Locator, Page } from '@playwright/test'
import { accessible, picture } from '../support/looking.ts'
import { bind, logInByKey, logInByPassword, logOut } from '../support/person.ts'
import type { Key, Stack } from '../support/stack.ts'
import { expect, test } from '../support/test.ts'

/** The administrator PIN of every demo key. */
const ADMIN_PIN = 'rockey-admin'
const NEW_PIN = '73915028'

async function looked(page: Page, name: string): Promise<void> {
  await accessible(page)
  await picture(page, `agent-${name}`)
}

async function toAgent(page: Page, stack: Stack, tab: string): Promise<void> {
  await page.goto(`${stack.up.agent}/#${tab}`)
  await page.reload()
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
}

function card(page: Page, key: Key): Locator {
  return page.getByRole('article').filter({ hasText: key.number })
}

test('a key appears when it is plugged in and goes when it is pulled out, without a reload', async ({ page, stack, organisation }) => {
  const key = await stack.newKey(organisation, 'szca')
  await stack.withOnly([], async () => {
    await toAgent(page, stack, 'keys')
    await expect(page.getByText('未检测到 CA 锁')).toBeVisible()
    await looked(page, 'keys-empty')
    await stack.key('--plug', key.number)
    await expect(card(page, key)).toBeVisible()
    await expect(card(page, key)).toContainText('非硬件介质')
    await expect(card(page, key)).not.toContainText('[object')
    await looked(page, 'keys')
    await stack.key('--unplug', key.number)
    await expect(card(page, key)).toHaveCount(0)
  })
})

test('a PIN is changed by the provider’s rule, a wrong one costs a try, and a locked key is unblocked here', async ({ page, stack, organisation }) => {
  const key = await stack.newKey(organisation, 'szca')
  await toAgent(page, stack, 'keys')
  await card(page, key).getByRole('button', { name: '修改 PIN 码' }).click()
  const form = card(page, key).getByRole('form')
  const change = form.getByRole('button', { name: '修改 PIN 码' })
  // A PIN that breaks a rule goes nowhere.
  await form.getByLabel('当前 PIN 码', { exact: true }).fill(key.pin)
  await form.getByLabel('新 PIN 码', { exact: true }).fill('123456')
  await form.getByLabel('再次输入新 PIN 码', { exact: true }).fill('123456')
  await expect(change).toHaveAttribute('aria-disabled', 'true')
  await looked(page, 'pin-rule')
  // A wrong PIN costs a try, and says how many are left.
  await form.getByLabel('当前 PIN 码', { exact: true }).fill('00000000')
  await form.getByLabel('新 PIN 码', { exact: true }).fill(NEW_PIN)
  await form.getByLabel('再次输入新 PIN 码', { exact: true }).fill(NEW_PIN)
  await change.click()
  await expect(form.getByRole('alert')).toContainText('PIN')
  await expect(card(page, key)).toContainText('还可尝试 5 次')
  await form.getByLabel('当前 PIN 码', { exact: true }).fill(key.pin)
  await change.click()
  await expect(card(page, key).getByText('PIN 码已修改')).toBeVisible()

  await stack.key('--lock', key.number)
  await page.reload()
  await expect(card(page, key)).toContainText('PIN 码已锁死')
  await card(page, key).getByRole('button', { name: '解锁' }).click()
  const unblock = card(page, key).getByRole('form')
  await unblock.getByLabel('管理员 PIN', { exact: true }).fill(ADMIN_PIN)
  await unblock.getByLabel('新 PIN 码', { exact: true }).fill(NEW_PIN)
  await unblock.getByLabel('再次输入新 PIN 码', { exact: true }).fill(NEW_PIN)
  await looked(page, 'unblock')
  await unblock.getByRole('button', { name: '解锁' }).click()
  await expect(card(page, key).getByText('已解锁，新 PIN 码已生效')).toBeVisible()
})

test('what was signed stands in the history, and a site’s consent is taken back and put back', async ({ page, stack, organisation }) => {
  const key = await stack.newKey(organisation, 'szca')
  await logInByPassword(page, organisation.account, organisation.password)
  await bind(page, 'gongecai', key)
  await logOut(page)
  await logInByKey(page, key)

  await toAgent(page, stack, 'history')
  await page.getByRole('searchbox').fill(key.number)
  await page.getByRole('search').getByRole('button', { name: '搜索' }).click()
  await expect(page.getByRole('status').filter({ hasText: /^(符合条件|共) 2 条/ })).toBeVisible()
  await expect(page.getByText('记录完整：每一条都与前一条相连')).toBeVisible()
  await looked(page, 'history')

  await page.getByRole('link', { name: '网站授权' }).click()
  const site = page.getByRole('article', { name: stack.url('gongecai').replace(/\/$/, '') })
  await expect(site).toContainText('请求登录')
  await looked(page, 'sites')
  await site.getByRole('button', { name: /^收回 请求登录/ }).click()
  await expect(site.getByText('请求登录')).toHaveCount(0)
  await page.getByRole('button', { name: '撤销' }).click()
  await expect(site).toContainText('请求登录')
  // A site outside the catalogue is enabled by hand, with the risk said.
  await page.getByLabel('网站地址').fill('https://tender.example.com.cn/')
  await page.getByLabel('我了解风险，并已核对网址').check()
  await page.getByRole('button', { name: '启用', exact: true }).click()
  const other = page.getByRole('article', { name: 'https://tender.example.com.cn' })
  await expect(other).toContainText('已启用：请求签章')
  await other.getByRole('button', { name: /^停用/ }).click()
  await expect(other).toHaveCount(0)
})

test('settings are kept, and the report for a support desk names no person', async ({ page, stack }) => {
  await toAgent(page, stack, 'settings')
  await page.getByRole('textbox', { name: '防伪短语' }).fill('山高水长')
  await page.getByRole('button', { name: '保存' }).click()
  await expect(page.getByText('已保存')).toBeVisible()
  await expect(page.locator('header')).toContainText('山高水长')
  await page.getByRole('button', { name: '生成报告' }).click()
  const report = page.getByLabel('报告内容')
  await expect(report).toHaveValue(/yinxin-agent/)
  const text = await report.inputValue()
  for (const key of stack.up.keys) {
    for (const secret of [key.number, key.organisation, key.holder, key.pin]) expect(text).not.toContain(secret)
  }
  await looked(page, 'settings')
  await page.getByLabel('English').check()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Settings')
  await looked(page, 'settings-en')
  await page.getByRole('link', { name: 'My keys' }).click()
  await expect(page.getByRole('article').first()).toBeVisible()
  await looked(page, 'keys-en')
  await page.getByRole('link', { name: 'Settings' }).click()
  await page.getByLabel('中文').check()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('设置')
})
