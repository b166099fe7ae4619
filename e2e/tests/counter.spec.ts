// At the counter: a company's papers are entered by the intake, a key is made and handed over there. Its holder asks
// for the invoice; and later, with the PIN forgotten, has it unlocked by a code that is told by telephone.

import { readFile } from 'node:fs/promises'
import { Applicant, type Application } from '../support/applicant.ts'
import { looked } from '../support/looking.ts'
import { AgentWindow, bind, detectAndLogIn, logInByKey, logOut } from '../support/person.ts'
import type { Key } from '../support/stack.ts'
import { expect, test } from '../support/test.ts'
import { pdf, png } from '../support/world.ts'

const ON = 'gongecai'

test.describe.serial('a key from the counter', () => {
  let company: Applicant
  let application: Pick<Application, 'id' | 'number'>
  let key: Key
  let blank: string | undefined

  test.beforeAll(async ({ browser, stack }) => {
    company = await Applicant.at(browser, stack, ON, '窗口供应商')
  })
  test.afterEach(() => company?.check())
  test.afterAll(async ({ stack }) => {
    await company?.end()
    if (blank) await stack.pullBlank(blank)
  })

  test('the intake enters the form and the papers, and takes the voucher', async ({ office }) => {
    const o = company.organisation
    const { page } = await office.at(ON, 'intake')
    await page.goto('operator/applications/new')
    await page.getByRole('button', { name: '保存，继续上传材料' }).click()
    await expect(page.getByText('请填写').first()).toBeVisible()
    for (const [label, value] of [
      ['单位名称', o.name], ['统一社会信用代码', o.uscc], ['法定代表人', '王法人'], ['经办人手机号', o.phone], ['发票抬头', o.name], ['纳税人识别号', o.uscc], ['接收邮箱', 'invoice@example.cn'],
    ] as const) await page.getByLabel(label).fill(value)
    await page.getByLabel('经办人', { exact: true }).fill(o.person)
    await page.getByLabel('领取方式').selectOption('pick_up')
    await looked(page, 'counter-form')
    await page.getByRole('button', { name: '保存，继续上传材料' }).click()
    await expect(page.getByRole('heading', { name: '先打印、盖章' })).toBeVisible()

    const papers = page.getByRole('main').locator('input[type=file]')
    for (let at = 0; at < (await papers.count()); at += 1) {
      await papers.nth(at).setInputFiles({ name: `扫描${at}.png`, mimeType: 'image/png', buffer: png() })
      await expect(page.getByRole('img', { name: `扫描${at}.png 的预览` })).toBeVisible()
    }
    await page.getByRole('button', { name: '提交审核' }).click()
    await expect(page.getByRole('main')).toContainText('待支付')
    const number = (await page.locator('.application__number').innerText()).match(/SL\d{16}/)![0]
    application = { id: new URL(page.url()).pathname.split('/').at(-1)!, number }

    // Nobody pays online with the operator's browser.
    await expect(page.getByRole('button', { name: '在线支付' })).toHaveCount(0)
    await page.getByRole('button', { name: '对公转账' }).click()
    await expect(page.getByText('附言码', { exact: true })).toBeVisible()
    await looked(page, 'counter-payment')
    await page.locator('input[type=file]').setInputFiles({ name: '回单.png', mimeType: 'image/png', buffer: png() })
    await expect(page.getByRole('main')).toContainText('待财务确认')
  })

  test('the company sees its application, and whoever entered it does not review it', async ({ office }) => {
    await company.open(application)
    await expect(company.page.getByRole('main')).toContainText('待财务确认')
    const finance = await office.at(ON, 'finance')
    const { payment } = await finance.api.get<{ payment: { id: string; amount: number } }>(`/operator/applications/${application.id}`)
    await finance.api.post(`/operator/payments/${payment.id}/confirm`, { amount: payment.amount, reference: 'BANK-0002' })
    await office.handles(ON, 'intake', application.number, async ({ page }) => {
      await expect(page.getByRole('button', { name: '通过', exact: true })).toHaveCount(0)
      // The stamped papers were brought along: nobody waits for them.
      await expect(page.getByRole('button', { name: '原件已收到' })).toHaveCount(0)
    })
    await office.approve(ON, application)
  })

  test('a key is made, and is in force once it is handed over', async ({ office, stack }) => {
    blank = await stack.plugBlank()
    await office.handles(ON, 'production', application.number, async ({ page }) => {
      const window = await AgentWindow.openedBy(page, () => page.getByRole('button', { name: '开始制证' }).click())
      const pin = await window.produce(company.organisation.name)
      await window.leave()
      await expect(page.getByText('制证完成，已回读核对')).toBeVisible({ timeout: 60_000 })
      const shown = (await page.locator('.application__number').innerText()).match(/·\s*(\S+)\s*·\s*费用/)
      const o = company.organisation
      key = { number: shown![1]!, pin, organisation: o.name, uscc: o.uscc, holder: o.name, provider: 'szca', algorithm: 'sm2', state: 'plugged' }
    })
    await office.handles(ON, 'dispatch', application.number, async ({ page }) => {
      await page.getByRole('button', { name: '可以领取' }).click()
      await page.getByRole('dialog').getByRole('button', { name: '确认' }).click()
      await expect(page.getByText('已登记')).toBeVisible()
      await looked(page, 'hand-over')
      await page.getByRole('button', { name: '已当面交付' }).click()
      await page.getByRole('dialog').getByRole('button', { name: '确认' }).click()
      await expect(page.getByRole('main')).toContainText('已生效')
    })
    await company.open(application)
    await company.page.getByRole('link', { name: '去绑定' }).click()
    await bind(company.page, ON, key)
  })

  test('its holder asks for the invoice, finance uploads it, and it is told and downloaded', async ({ office }) => {
    const { page } = company
    await company.open(application)
    await page.getByRole('button', { name: '申请开具发票' }).click()
    await expect(page.getByText('已申请，开具后会通知您。')).toBeVisible()
    const invoice = pdf(['Electronic invoice'])
    await office.handles(ON, 'finance', application.number, async ({ page: desk }) => {
      await expect(desk.getByRole('main')).toContainText('¥ 200.00')
      await desk.getByLabel('发票号码').fill('24352000000012345678')
      await desk.locator('input[type=file]').setInputFiles({ name: '发票.pdf', mimeType: 'application/pdf', buffer: invoice })
      await expect(desk.getByText('已上传并通知')).toBeVisible()
    })
    await page.goto('notices')
    await expect(page.getByRole('main')).toContainText('电子发票')
    await expect(page.getByRole('main')).toContainText('24352000000012345678')
    await company.open(application)
    await expect(page.getByRole('main')).toContainText('24352000000012345678')
    await looked(page, 'invoice')
    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: '下载电子发票' }).click()
    expect((await readFile(await (await download).path())).equals(invoice)).toBe(true)
  })

  test('its PIN is locked, and it can’t log in', async ({ stack }) => {
    const { page } = company
    await stack.lockBlank(blank!)
    await logOut(page)
    const window = await detectAndLogIn(page)
    await window.row(key).check()
    await expect(window.page.getByRole('main')).toContainText('锁死')
    await window.page.close()
  })

  test('an application, a code told by telephone, a new PIN in the agent’s window: and it logs in', async ({ office }) => {
    const { page } = company
    const o = company.organisation
    await page.getByRole('tab', { name: '账号' }).click()
    await page.getByLabel('账号', { exact: true }).fill(o.account)
    await page.getByLabel('密码', { exact: true }).fill(o.password)
    await page.getByRole('main').getByRole('button', { name: '登录', exact: true }).click()
    await expect(page.getByRole('heading', { name: '应用中心' })).toBeVisible()
    await page.goto('applications/new?provider=szca&kind=unlock')
    await page.getByRole('radio', { name: key.number }).check()
    await page.getByRole('button', { name: '下一步：填写信息' }).click()
    await page.getByRole('button', { name: '下一步：核对' }).click()
    await page.getByRole('button', { name: '提交申请' }).click()
    await expect(page.getByText('已提交')).toBeVisible()
    const id = new URL(page.url()).pathname.split('/').at(-1)!
    const number = (await page.getByText(/^受理编号/).innerText()).match(/SL\d{16}/)![0]
    await office.approve(ON, { id })

    let code = ''
    await office.handles(ON, 'review', number, async ({ page: desk }) => {
      await expect(desk.getByRole('main')).toContainText(o.phone)
      await desk.getByRole('button', { name: '生成授权码' }).click()
      code = (await desk.locator('.memo').innerText()).trim()
    })
    await looked((await office.at(ON, 'review')).page, 'unlock-code')
    expect(code).toMatch(/^\d{8}$/)

    await company.open({ id })
    const wrong = code === '00000000' ? '11111111' : '00000000'
    await page.getByLabel('授权码').fill(wrong)
    await page.getByRole('button', { name: '开始解锁' }).click()
    await expect(page.getByRole('alert')).toContainText('授权码错误')
    await looked(page, 'unlock-refused')

    await page.getByLabel('授权码').fill(code)
    const window = await AgentWindow.openedBy(page, () => page.getByRole('button', { name: '开始解锁' }).click())
    const pin = '73915028'
    await window.unlock(key, pin)
    await window.leave()
    await expect(page.getByText('已解锁，请使用新的 PIN 码')).toBeVisible()
    await expect(page.getByRole('main')).toContainText('已办结')
    key = { ...key, pin }
    await logOut(page)
    await logInByKey(page, key)
    await expect(page.getByRole('main')).toContainText(`已用 CA 锁 ${key.number} 登录`)
  })
})
