// The six journeys, in order, on both platforms: register, bind, log in, seal, verify, release.

import { readFile } from 'node:fs/promises'
import type { BrowserContext, Page } from '@playwright/test'
import { AgentWindow, bind, logInByKey, logOut, registerByPage, release, RELEASE, toBindings } from '../support/person.ts'
import type { Key, PlatformId } from '../support/stack.ts'
import { expect, test, watch } from '../support/test.ts'
import { newOrganisation, pdf } from '../support/world.ts'

const platforms: { on: PlatformId; name: string; provider: string; algorithm: string }[] = [
  { on: 'gongecai', name: '公e采', provider: 'szca', algorithm: 'sm2' },
  { on: 'zcygov', name: '政采云', provider: 'itrus', algorithm: 'rsa' },
]

for (const { on, name, provider, algorithm } of platforms) {
  test.describe.serial(`${name} with a key of ${provider}`, () => {
    const organisation = newOrganisation()
    let context: BrowserContext
    let page: Page
    let faults: string[]
    let key: Key
    let sealed: Buffer

    test.beforeAll(async ({ browser, stack }) => {
      context = await browser.newContext({ baseURL: stack.url(on), locale: 'zh-CN', viewport: { width: 1280, height: 860 }, acceptDownloads: true })
      context.setDefaultTimeout(15_000)
      faults = await watch(context)
      page = await context.newPage()
    })
    test.afterEach(() => expect(faults, 'what no page may do').toEqual([]))
    test.afterAll(() => context.close())

    test('a company registers, and its phone number is shown as not verified', async ({ stack }) => {
      await page.goto('.')
      await expect(page.getByRole('banner')).toContainText(name)
      await registerByPage(page, organisation)
      await page.getByRole('link', { name: organisation.person }).click()
      await expect(page.getByRole('main')).toContainText('未验证')
      key = await stack.newKey(organisation, provider)
      expect(key.algorithm).toBe(algorithm)
    })

    test('it binds its key, and the binding stands in the list', async ({ stack }) => {
      await bind(page, on, key)
      const row = page.getByRole('row').filter({ hasText: key.number })
      await expect(row).toContainText(organisation.account)
      await expect(row.getByRole('button', { name: RELEASE[on].button })).toBeVisible()
      expect(stack.port).not.toBe(stack.agentPort)
    })

    test('it logs out and logs in with the key, by one click and the PIN', async () => {
      await logOut(page)
      await logInByKey(page, key)
      await expect(page.getByRole('main')).toContainText(`已用 CA 锁 ${key.number} 登录`)
    })

    test('it seals a PDF: upload, place, PIN, submit, download', async () => {
      await page.getByRole('main').getByRole('link', { name: '文件签章' }).click()
      await page.locator('input[type=file]').setInputFiles({ name: '投标函.pdf', mimeType: 'application/pdf', buffer: pdf(['Letter of tender', 'Second page']) })
      await expect(page.getByRole('img', { name: '第 1 页' })).toBeVisible()

      const seal = page.getByRole('button', { name: /^印章/ })
      await seal.scrollIntoViewIfNeeded()
      const before = (await seal.boundingBox())!
      await page.mouse.move(before.x + before.width / 2, before.y + before.height / 2)
      await page.mouse.down()
      await page.mouse.move(before.x + before.width / 2 - 90, before.y + before.height / 2 - 60, { steps: 5 })
      await page.mouse.up()
      const after = (await seal.boundingBox())!
      expect(Math.round(before.x - after.x)).toBeGreaterThan(80)

      const window = await AgentWindow.openedBy(page, () => page.getByRole('button', { name: '单页签章' }).click())
      await expect(window.page.getByRole('main')).toContainText('投标函.pdf')
      await expect(window.page.getByRole('main')).toContainText('本机未核对')
      await window.sign(key)
      await window.closed()
      await expect(page.getByText('签章完成')).toBeVisible()

      await page.getByRole('button', { name: '提交签章' }).click()
      await page.getByRole('dialog').getByRole('button', { name: '确定' }).click()
      await expect(page.getByRole('heading', { name: '发布成功' })).toBeVisible()
      const download = page.waitForEvent('download')
      await page.getByRole('link', { name: '下载文件' }).click()
      sealed = await readFile(await (await download).path())
    })

    test('anyone verifies the file: who, with which certificate, when by whose word, unchanged since', async ({ browser, stack }) => {
      const stranger = await browser.newContext({ baseURL: stack.url(on), locale: 'zh-CN' })
      const theirFaults = await watch(stranger)
      const theirs = await stranger.newPage()
      await theirs.goto('verify')
      const drop = theirs.locator('input[type=file]')
      await drop.setInputFiles({ name: '投标函.pdf', mimeType: 'application/pdf', buffer: sealed })
      await expect(theirs.getByRole('heading', { name: '验章通过' })).toBeVisible()
      const report = theirs.getByRole('article')
      await expect(report).toContainText(organisation.name)
      await expect(report).toContainText(key.number)
      await expect(report).toContainText('签章人自述')
      await expect(report).toContainText('本机未核对')

      const forged = Buffer.from(sealed)
      forged.write('Letter of fraud!', forged.indexOf('Letter of tender'), 'latin1')
      await drop.setInputFiles({ name: '改动.pdf', mimeType: 'application/pdf', buffer: forged })
      await expect(theirs.getByRole('heading', { name: '验章不通过' })).toBeVisible()

      await drop.setInputFiles({ name: '未签.pdf', mimeType: 'application/pdf', buffer: pdf(['Nothing sealed']) })
      await expect(theirs.getByRole('heading', { name: '文件没有签章' })).toBeVisible()
      expect(theirFaults).toEqual([])
      await stranger.close()
    })

    test('it releases the key, after the question', async () => {
      await toBindings(page, on)
      // On 公e采 the session was opened with this very key, as its manual wants.
      await release(page, on, key)
      await expect(page.getByText('已解除绑定')).toBeVisible()
      await expect(page.getByRole('row').filter({ hasText: key.number })).toHaveCount(0)
    })
  })
}
