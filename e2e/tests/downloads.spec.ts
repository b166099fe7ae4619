// 客户端与驱动下载, 我需要什么？, 我的锁能用吗？ and what 平台运营 does for them.

import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { AgentWindow, logInByPassword, logOut } from '../support/person.ts'
import type { PlatformId, Stack } from '../support/stack.ts'
import { expect, test } from '../support/test.ts'

const PICTURES = fileURLToPath(new URL('../../target/pictures/', import.meta.url))

async function accessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']).analyze()
  const told = violations.map((v) => `${page.url()}: ${v.id}, ${v.help}: ${v.nodes.map((n) => n.target.join(' ')).join('; ')}`)
  expect(told).toEqual([])
}

async function picture(page: Page, name: string): Promise<void> {
  for (const width of [1280, 400]) {
    await page.setViewportSize({ width, height: 860 })
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    expect(overflow, `${page.url()} scrolls sideways at ${width}`).toBeLessThanOrEqual(0)
    await page.screenshot({ path: `${PICTURES}${name}-${width}.png`, fullPage: true })
  }
  await page.setViewportSize({ width: 1280, height: 860 })
}

function operatorOf(stack: Stack, on: PlatformId) {
  const found = stack.up.accounts.find((a) => a.role === 'operator' && a.platform === on)
  if (!found) throw new Error(`no operator of ${on}`)
  return found
}

async function logInAsOperator(page: Page, stack: Stack, on: PlatformId): Promise<void> {
  const operator = operatorOf(stack, on)
  await page.goto('login')
  await page.getByLabel('账号', { exact: true }).fill(operator.name)
  await page.getByLabel('密码', { exact: true }).fill(operator.password)
  await page.getByRole('main').getByRole('button', { name: '登录', exact: true }).click()
  await expect(page.getByRole('heading', { name: '安装包管理' })).toBeVisible()
}

/** A button that opens the agent's window; the key is picked there and its certificate shown. */
async function show(page: Page, button: string, number: string): Promise<void> {
  const window = await AgentWindow.openedBy(page, () => page.getByRole('main').getByRole('button', { name: button }).click())
  await window.page.getByRole('radio', { name: number }).check()
  // No PIN is asked: there is nothing to sign.
  await expect(window.page.locator('#pin')).toHaveCount(0)
  await window.confirm.click()
  await window.closed()
}

test.describe('政采云', () => {
  test.use({ on: 'zcygov' })

  test('an operator uploads a driver, a visitor downloads it and the checksum fits', async ({ page, stack }) => {
    const bytes = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(300_000, 7)])
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    await logInAsOperator(page, stack, 'zcygov')
    await accessible(page)
    await picture(page, 'operator-empty')

    // What is missing is said at its field before anything is sent.
    await page.getByRole('button', { name: '上传为草稿' }).click()
    await expect(page.getByText('请选择文件')).toBeVisible()
    await page.getByLabel('所属').selectOption({ label: '四川CA' })
    await page.getByLabel('类型').selectOption({ label: '组合安装包' })
    await page.getByLabel('操作系统').selectOption({ label: 'Windows x86-64' })
    await page.getByLabel('名称', { exact: true }).first().fill('四川CA 驱动')
    await page.getByLabel('版本').fill('V3.1')
    await page.getByLabel('最近更新日期').fill('2026-11-20')
    await page.getByLabel('证书驱动').check()
    await page.getByLabel('签章服务').check()
    await page.getByLabel('安装时不要插 CA 锁').check()
    // A page under a program's name is refused, and what was entered stays.
    await page.getByLabel('安装包文件').setInputFiles({ name: 'setup.exe', mimeType: 'application/octet-stream', buffer: Buffer.from('<!doctype html>') })
    await page.getByRole('button', { name: '上传为草稿' }).click()
    await expect(page.getByRole('alert')).toContainText('文件内容不是 .exe 格式')
    await expect(page.getByLabel('版本')).toHaveValue('V3.1')
    await page.getByLabel('安装包文件').setInputFiles({ name: 'setup.exe', mimeType: 'application/octet-stream', buffer: bytes })
    await page.getByRole('button', { name: '上传为草稿' }).click()
    const draft = page.getByRole('article', { name: '四川CA 驱动' })
    await expect(draft).toContainText('未提供签名')
    await expect(draft).toContainText(sha256.slice(0, 8))
    await accessible(page)
    await picture(page, 'operator-draft')
    await page.getByRole('button', { name: '发布', exact: true }).click()
    await expect(page.getByRole('row').filter({ hasText: 'V3.1' })).toContainText('已发布')
    await logOut(page)

    await page.goto('downloads')
    await page.getByRole('button', { name: /四川省/ }).click()
    await expect(page.getByRole('button', { name: /四川省/ })).toContainText('最近更新日期 2026年11月20日')
    const card = page.getByRole('article', { name: '四川CA 驱动', exact: true })
    await expect(card).toContainText('安装时不要插 CA 锁')
    const shown = (await card.locator('code').innerText()).replaceAll(/\s/g, '')
    expect(shown).toBe(sha256)
    const waiting = page.waitForEvent('download')
    await card.getByRole('link', { name: '立即下载' }).click()
    const download = await waiting
    expect(download.suggestedFilename()).toBe('setup.exe')
    expect(createHash('sha256').update(await readFile((await download.path())!)).digest('hex')).toBe(shown)

    // A download that broke off goes on, and is the same file.
    const href = (await card.getByRole('link', { name: '立即下载' }).getAttribute('href'))!
    const head = await page.request.head(href)
    const rest = await page.request.get(href, { headers: { Range: 'bytes=100000-', 'If-Range': head.headers()['etag']! } })
    expect(rest.status()).toBe(206)
    expect(createHash('sha256').update(Buffer.concat([bytes.subarray(0, 100_000), await rest.body()])).digest('hex')).toBe(shown)
    expect(head.headers()['repr-digest']).toBe(`sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`)
  })

  test('the downloads are found by region, by CA, by system and by words', async ({ page }) => {
    await page.goto('downloads')
    await expect(page.getByRole('button', { name: /青海省/ })).toContainText('最近更新日期 2021年05月')
    await page.getByLabel('CA 服务商').last().selectOption({ label: '青海' })
    await expect(page.getByRole('article')).toHaveCount(1)
    await page.getByLabel('CA 服务商').last().selectOption({ label: '全部' })
    await page.getByRole('searchbox').fill('没有这种东西')
    await page.getByRole('button', { name: '搜索', exact: true }).click()
    await expect(page.getByText('没有符合条件的安装包')).toBeVisible()
    await accessible(page)
    await picture(page, 'downloads-none')
    await page.getByRole('button', { name: '清除条件' }).click()
    await expect(page.getByRole('article').first()).toBeVisible()
  })
})

test('what do I need: nothing of the vendor for a key that the client reads, the steps in their order for one that it does not', async ({ page, stack, organisation }) => {
  const key = await stack.newKey(organisation, 'szca')
  await page.goto('downloads')
  await stack.withOnly([key.number], async () => {
    await show(page, '我需要什么？', key.number)
    await expect(page.getByRole('heading', { name: '不用再装厂商驱动：有印信客户端就够了' })).toBeVisible()
    await accessible(page)
    await picture(page, 'need-enough')
    await page.getByRole('button', { name: 'English' }).click()
    await expect(page.getByRole('heading', { name: 'None of the vendor’s drivers: our client is enough' })).toBeVisible()
    await picture(page, 'need-enough-en')
    await page.getByRole('button', { name: '中文' }).click()
  })
  // Somebody whose key does not show closes the window and says whose it is.
  const window = await AgentWindow.openedBy(page, () => page.getByRole('button', { name: '再看一次' }).click())
  await window.page.getByRole('button', { name: '取消' }).click()
  await page.getByLabel(/请选择您的 CA 服务商/).selectOption({ label: '福建CA' })
  const steps = page.locator('.need__steps > li > h3')
  await expect(steps).toHaveText(['印信客户端已在运行', /安装融合客户端/, '安装 CA 驱动', '安装电子签章客户端', /重新插入 CA 锁/])
  await accessible(page)
  await picture(page, 'need-steps')
})

test('does my key work here: a good key fits, another CA’s is told why and whom to call, and the operator confirms', async ({ page, stack, organisation }) => {
  test.setTimeout(180_000)
  const good = await stack.newKey(organisation, 'szca')
  const foreign = await stack.newKey(organisation, 'scca')
  await page.goto('key-check')
  await accessible(page)
  await picture(page, 'key-check')
  await show(page, '检查我的锁', good.number)
  await expect(page.getByRole('heading', { name: '能用：绑定、登录、签章都可以' })).toBeVisible()
  await accessible(page)
  await picture(page, 'key-check-good')

  await logInByPassword(page, organisation.account, organisation.password)
  await page.goto('key-check')
  await show(page, '检查我的锁', foreign.number)
  await expect(page.getByRole('heading', { name: '不能在本平台使用' })).toBeVisible()
  await expect(page.getByRole('article')).toContainText('告知办理用途')
  await expect(page.getByRole('article').getByRole('link', { name: '400-805-9899' })).toBeVisible()
  await accessible(page)
  await picture(page, 'key-check-refused')
  await page.getByLabel('补充说明（选填）').fill('某项目，12 月 1 日截止')
  await page.getByRole('button', { name: '请平台确认' }).click()
  await expect(page.getByText('已请平台确认。')).toBeVisible()

  await page.goto('notices')
  await page.getByLabel('项目名称').fill('某某采购项目')
  await page.getByLabel('截止时间').fill(soon())
  await page.getByRole('button', { name: '登记', exact: true }).click()
  await expect(page.getByText('某某采购项目').first()).toBeVisible()
  // So near a deadline reminds at once; the job is done beside the page.
  await expect(async () => {
    await page.reload()
    await expect(page.getByText(/距“某某采购项目”的截止时间/)).toBeVisible({ timeout: 2_000 })
  }).toPass()
  await accessible(page)
  await picture(page, 'notices')
  await logOut(page)

  await logInAsOperator(page, stack, 'gongecai')
  await page.getByRole('link', { name: /锁适用性确认/ }).click()
  const item = page.getByRole('listitem').filter({ hasText: organisation.name })
  await expect(item).toContainText('某项目，12 月 1 日截止')
  await accessible(page)
  await picture(page, 'operator-queue')
  await item.getByLabel('答复').fill('本平台不支持四川CA，请办理深圳CA。')
  await item.getByRole('button', { name: '不适用' }).click()
  await expect(item.getByRole('button', { name: '不适用' })).toHaveCount(0)
  await expect(item.locator('.queue__head')).toContainText('不适用')
  await logOut(page)

  await logInByPassword(page, organisation.account, organisation.password)
  await page.getByRole('link', { name: /消息.*1 条未读/ }).click()
  await expect(page.getByText('本平台不支持四川CA，请办理深圳CA。').first()).toBeVisible()
})

/** Tomorrow at noon, as a `datetime-local` field takes it. */
function soon(): string {
  const at = new Date(Date.now() + 26 * 3600 * 1000)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T12:00`
}
