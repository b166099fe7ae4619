// The end of a certificate: renewed online by its holder, with nothing lost of what the old one did; or, once it has
// expired, by the offline way that the page names.

import { readFile } from 'node:fs/promises'
import { Applicant, type Application } from '../support/applicant.ts'
import { looked, picture } from '../support/looking.ts'
import { AgentWindow, bind, logInByKey, logOut, toBindings } from '../support/person.ts'
import type { Key } from '../support/stack.ts'
import { expect, test } from '../support/test.ts'
import { pdf } from '../support/world.ts'

const ON = 'gongecai'

test.describe.serial('a certificate that ends soon', () => {
  let company: Applicant
  let late: Applicant
  let key: Key
  let expired: Key
  let application: Pick<Application, 'id' | 'number'>
  let sealed: Buffer

  test.beforeAll(async ({ browser, stack }) => {
    // Its certificate ends while the other one is renewed.
    late = await Applicant.at(browser, stack, ON, '过期供应商')
    expired = await stack.newKey(late.organisation, 'szca', '张经办', '25s')
    await bind(late.page, ON, expired)
    company = await Applicant.at(browser, stack, ON, '续期供应商')
    key = await stack.newKey(company.organisation, 'szca', '张经办', '20d')
    await bind(company.page, ON, key)
  })
  test.afterEach(() => {
    company?.check()
    late?.check()
  })
  test.afterAll(async ({ stack }) => {
    await company?.end()
    await late?.end()
    // Other journeys know the keys that lie in the drawer.
    for (const one of [key, expired]) if (one) await stack.key('--unplug', one.number)
  })

  test('its holder seals a file with it, and has another one open', async () => {
    const { page } = company
    await page.goto('documents')
    await page.locator('input[type=file]').setInputFiles({ name: '续期前.pdf', mimeType: 'application/pdf', buffer: pdf(['Sealed before the renewal']) })
    await expect(page.getByRole('img', { name: '第 1 页' })).toBeVisible()
    const window = await AgentWindow.openedBy(page, () => page.getByRole('button', { name: '单页签章' }).click())
    await window.sign(key)
    await window.closed()
    await expect(page.getByText('签章完成')).toBeVisible()
    await page.getByRole('button', { name: '提交签章' }).click()
    await page.getByRole('dialog').getByRole('button', { name: '确定' }).click()
    await expect(page.getByRole('heading', { name: '发布成功' })).toBeVisible()
    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: '下载文件' }).click()
    sealed = await readFile(await (await download).path())
    await company.api.file(`/documents?name=${encodeURIComponent('未完成.pdf')}`, 'application/pdf', pdf(['Not finished']))
    await company.api.post('/deadlines', { name: '某某采购项目', at: new Date(Date.now() + 9 * 86_400_000).toISOString() })
  })

  test('the wizard says what is open, and the renewal is applied for and paid', async ({ office }) => {
    const { page } = company
    await page.goto(`applications/new?provider=szca&kind=renewal&key=${key.number}`)
    await expect(page.getByRole('radio', { name: key.number })).toBeChecked()
    const warning = page.getByRole('status').filter({ hasText: '未办结' })
    await expect(warning).toContainText('1 份未提交的文件')
    await expect(warning).toContainText('1 个截止时间')
    await expect(warning).toContainText('某某采购项目')
    await looked(page, 'renewal-warning')
    await page.getByRole('button', { name: '下一步：填写信息' }).click()
    await page.getByLabel('法定代表人').fill('王法人')
    await page.getByLabel('接收邮箱').fill('invoice@example.cn')
    await page.getByRole('button', { name: '下一步：核对' }).click()
    await expect(page.getByRole('main')).toContainText('¥ 160.00')
    await page.getByRole('button', { name: '提交申请' }).click()
    await expect(page.getByText('已提交')).toBeVisible()
    const number = (await page.getByText(/^受理编号/).innerText()).match(/SL\d{16}/)![0]
    application = { id: new URL(page.url()).pathname.split('/').at(-1)!, number }
    await company.pay(application)
    await office.approve(ON, application)
  })

  test('the old key proves itself, and the new certificates are written beside it', async ({ stack }) => {
    const { page } = company
    await company.open(application)
    const window = await AgentWindow.openedBy(page, () => page.getByRole('button', { name: '开始写入' }).click())
    await window.renew(key)
    await window.leave()
    await expect(page.getByText('新证书已写入并核对')).toBeVisible({ timeout: 60_000 })
    await expect(page.getByRole('main')).toContainText('绑定关系已延续')

    await looked(page, 'renewed')

    // The old one is still there: in the agent's own page the key has both.
    const agent = await company.page.context().newPage()
    await agent.goto(`${stack.up.agent}/#keys`)
    const card = agent.getByRole('article').filter({ hasText: key.number })
    // Both signing certificates, and the new encryption certificate.
    await expect(card.getByRole('listitem')).toHaveCount(3)
    await picture(agent, 'renewed-agent')
    await agent.close()
  })

  test('the binding moved with it, the renewed key logs in, and the older file still verifies', async ({ browser, stack }) => {
    const { page } = company
    await toBindings(page, ON)
    const row = page.getByRole('row').filter({ hasText: key.number })
    await expect(row).toHaveCount(1)
    await expect(row).toContainText(String(new Date(Date.now() + 365 * 86_400_000).getFullYear()))
    await logOut(page)
    await logInByKey(page, key)
    await expect(page.getByRole('main')).toContainText(`已用 CA 锁 ${key.number} 登录`)

    const stranger = await browser.newContext({ baseURL: stack.url(ON), locale: 'zh-CN' })
    const theirs = await stranger.newPage()
    await theirs.goto('verify')
    await theirs.locator('input[type=file]').setInputFiles({ name: '续期前.pdf', mimeType: 'application/pdf', buffer: sealed })
    await expect(theirs.getByRole('heading', { name: '验章通过' })).toBeVisible()
    await expect(theirs.getByRole('article')).toContainText(key.number)
    await stranger.close()
  })

  test('one that has expired is not renewed online: address and hotline are named', async () => {
    const { page } = late
    const address = `applications/new?provider=szca&kind=renewal&key=${expired.number}`
    await expect(async () => {
      await page.goto(address)
      await expect(page.getByRole('status').filter({ hasText: '该锁已过有效期，不能在线续期' })).toBeVisible({ timeout: 2_000 })
    }).toPass({ timeout: 30_000 })
    const main = page.getByRole('main')
    await expect(main).toContainText('厦门市思明区湖滨南路81号')
    await expect(main).toContainText('400-805-9899')
    await expect(page.getByRole('button', { name: '下一步：填写信息' })).toBeDisabled()
    await looked(page, 'renewal-expired')
    // Nor past the page: the server says the same.
    const answer = await late.api.refused('/applications', { provider: 'szca', kind: 'renewal', type: 'organisation', key_number: expired.number })
    expect(answer.text).toContain('renewal_closed')
    expect(answer.text).toContain('400-805-9899')
  })
})
