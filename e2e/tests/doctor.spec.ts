// 环境检测: what fails is named, shown and led to its remedy, in the words of the two manuals; each caused for real.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rename } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Locator, Page } from '@playwright/test'
import { accessible, looked, picture } from '../support/looking.ts'
import { AgentWindow, bind, detectAndLogIn, logInByPassword, logOut } from '../support/person.ts'
import { Stack, type Key } from '../support/stack.ts'
import { expect, launch, test, watch } from '../support/test.ts'

/** A case with its steps, wherever it is shown. */
const caseOf = (page: Page, name: string): Locator => page.locator(`[data-case="${name}"]`).first()

/** Looks at the computer: reads what would be sent, picks a certificate where one is wanted, and lets it go. */
async function look(page: Page, key?: Key): Promise<AgentWindow> {
  const window = await AgentWindow.openedBy(page, () => page.getByRole('button', { name: /检测客户端、驱动与 CA 锁|^重新检测$/ }).first().click())
  await expect(window.page.getByRole('list', { name: '将要发送的检测结果' })).toBeVisible({ timeout: 20_000 })
  if (key) await window.page.getByLabel('一并出示证书').selectOption({ label: await window.page.locator('option', { hasText: key.number }).first().innerText() })
  return window
}

async function send(window: AgentWindow): Promise<void> {
  await window.page.getByRole('button', { name: '确认发送' }).click()
  await window.closed()
}

test('before a login, with a good key: the first answer is at once, and what is sent was read before', async ({ page, stack, organisation }) => {
  const key = await stack.newKey(organisation, 'szca')
  await stack.withOnly([key.number], async () => {
    await page.goto('doctor')
    const first = page.getByText(/首个结果 \d+ 毫秒/)
    await expect(first).toBeVisible()
    expect(Number(/\d+/.exec(await first.innerText())![0])).toBeLessThan(300)
    await looked(page, 'doctor-half')
    const window = await look(page, key)
    await accessible(window.page)
    const sent = await window.page.getByRole('list', { name: '将要发送的检测结果' }).innerText()
    for (const secret of [key.number, key.pin, key.holder, key.organisation]) expect(sent).not.toContain(secret)
    await send(window)
    const [, all] = /首个结果 (\d+) 毫秒，全部 (\d+) 毫秒/.exec(await first.innerText())!.map(Number)
    expect(all).toBeLessThan(5000)
    await expect(page.getByRole('list', { name: '从浏览器到平台' })).not.toContainText('故障')
    await expect(page.locator('[data-check="key_present"]')).toContainText('已检测到 CA 锁')
    await looked(page, 'doctor-well')

    // 政采云: 证书有效但未绑定 has its case and its button, to somebody who is logged in.
    await logInByPassword(page, organisation.account, organisation.password)
    await page.goto('doctor')
    await send(await look(page, key))
    await expect(caseOf(page, 'not_bound')).toContainText('绑定')
    await caseOf(page, 'not_bound').getByRole('button', { name: '立即绑定' }).click()
    await expect(page.getByRole('button', { name: '获取 CA 编号' })).toBeVisible()
  })
})

test('无法获取证书: a first look without a key ends in the right advice, and the agent\'s own page says the same', async ({ page, stack }) => {
  await stack.withOnly([], async () => {
    await page.goto('doctor')
    await send(await look(page))
    const found = caseOf(page, 'key_not_found')
    await expect(found).toContainText('请先确认 CA 是否已经插入电脑')
    await expect(found).toContainText('再重装驱动')
    await expect(page.getByRole('heading', { name: /断在「CA 锁」/ })).toBeVisible()
    await looked(page, 'doctor-no-key')
    await found.getByRole('button', { name: '联系客服' }).click()
    await expect(page).toHaveURL(/\/tickets\/new\?case=key_not_found/)
    const kept = await page.evaluate(() => JSON.parse(sessionStorage.getItem('yinxin.doctor.report')!) as { text: string; agentVersion: string })
    expect(kept.text).toContain('key_present failed key_not_found')
    expect(kept.agentVersion).toMatch(/^\d/)

    await page.goto(`${stack.up.agent}/#doctor`)
    await expect(page.locator('[data-case="key_not_found"]')).toContainText('请先确认 CA 是否已经插入电脑')
    await expect(page.getByRole('status').first()).toContainText('断在「CA 锁」', { timeout: 15_000 })
    await accessible(page)
    await picture(page, 'agent-doctor')
  })
})

test('a login that fails shows its case at once: not bound, and the popup blocked', async ({ page, stack, organisation }) => {
  const key = await stack.newKey(organisation, 'szca')
  const window = await detectAndLogIn(page)
  await window.sign(key)
  await window.closed()
  await expect(caseOf(page, 'not_bound')).toContainText('需要绑定在平台账号上才可以使用 CA 登录')
  await picture(page, 'doctor-notice')

  await page.goto('doctor')
  await page.evaluate(() => addEventListener('click', () => { open('about:blank', 'another', 'popup') }, { capture: true, once: true }))
  await page.getByRole('button', { name: '检测客户端、驱动与 CA 锁' }).click()
  await expect(caseOf(page, 'popup_blocked')).toBeVisible()
  await expect(page.getByRole('heading', { name: /断在「浏览器」/ })).toBeVisible()
})

test('已被多人绑定: a colleague\'s key is named with its masked owner', async ({ page, stack }) => {
  const [first, second] = ['demo', 'demo2'].map((name) => stack.up.accounts.find((a) => a.name === name && a.platform === 'gongecai')!)
  const own = stack.up.keys.find((k) => k.organisation === first!.organisation)!
  const key = await stack.newKey({ name: own.organisation, uscc: own.uscc }, 'szca')
  await logInByPassword(page, first!.name, first!.password)
  await bind(page, 'gongecai', key)
  await logOut(page)
  await logInByPassword(page, second!.name, second!.password)
  await page.goto('doctor')
  await send(await look(page, key))
  await expect(caseOf(page, 'bound_elsewhere')).toContainText('已经绑定过其他平台账号')
})

test('a clock that is off is told, by the platform\'s own', async ({ page }) => {
  await page.clock.setFixedTime(new Date(Date.now() - 600_000))
  await page.goto('doctor')
  await expect(caseOf(page, 'clock_skew')).toContainText('自动设置时间')
})

test('点击证书登录页面无反应: a quarantined library, then no client at all, each with its steps', async ({ playwright }) => {
  const stack = await Stack.start(['--no-agent'])
  const browser = await launch(playwright as unknown as typeof import('@playwright/test'), stack)
  const library = stack.up.agent_command.map((word) => word.replace(/^.*=/, '')).find((word) => /\.so$/.test(word))
  const agent = spawn(stack.up.agent_command[0]!, stack.up.agent_command.slice(1), {
    env: { ...process.env, ...stack.up.agent_environment }, stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    await once(createInterface({ input: agent.stdout! }), 'line')
    const context = await browser.newContext({ baseURL: stack.url('zcygov'), locale: 'zh-CN' })
    const faults = await watch(context)
    const page = await context.newPage()
    // A client that has just started is slow to show its first page: it is waited for, not raced.
    await page.goto(stack.up.agent)
    await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible({ timeout: 30_000 })
    await page.goto(new URL('doctor', stack.url('zcygov')).href)
    expect(library, stack.up.agent_command.join(' ')).toBeDefined()
    await rename(library!, `${library!}.quarantined`)
    try {
      await send(await look(page))
    } finally {
      await rename(`${library!}.quarantined`, library!)
    }
    const steps = caseOf(page, 'client_quarantined').getByRole('listitem')
    await expect(steps).toHaveCount(5)
    await expect(page.getByRole('heading', { name: /断在「驱动」/ })).toBeVisible()
    await looked(page, 'doctor-quarantined')

    const gone = once(agent, 'exit')
    agent.kill('SIGKILL')
    await gone
    await page.getByRole('button', { name: '重新检测' }).first().click()
    await expect(caseOf(page, 'agent_not_running')).toBeVisible({ timeout: 30_000 })
    await expect(page.getByRole('heading', { name: /断在「客户端」/ })).toBeVisible()
    await expect(page.getByText('CA检测失败，未检测到客户端').first()).toBeVisible()
    await looked(page, 'doctor-no-agent')
    expect(faults).toEqual([])
  } finally {
    agent.kill('SIGKILL')
    await browser.close()
    await stack.end()
  }
})
