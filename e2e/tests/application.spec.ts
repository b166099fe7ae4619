// From application to key, whole: the wizard, payment, two reviews, production on the operator's agent, dispatch,
// receipt; then the new key is bound, logs in and seals. On 公e采 money comes before the review, through the
// gateway; on 政采云 after it, by transfer with a voucher.

import type { BrowserContext, Page } from '@playwright/test'
import { AgentWindow, bind, logInByKey, logOut, registerByPage } from '../support/person.ts'
import type { Key, PlatformId } from '../support/stack.ts'
import { expect, test, watch } from '../support/test.ts'
import { newOrganisation, pdf, png, type Organisation } from '../support/world.ts'

const orders: { on: PlatformId; name: string; provider: string; apply: string; pays: 'before' | 'after'; by: 'gateway' | 'transfer'; originals: boolean }[] = [
  { on: 'gongecai', name: '公e采', provider: 'szca', apply: '深圳CA 办理', pays: 'before', by: 'gateway', originals: true },
  { on: 'zcygov', name: '政采云', provider: 'zjhx', apply: '浙江汇信CA 办理', pays: 'after', by: 'transfer', originals: false },
]

for (const { on, name, apply, pays, by, originals } of orders) {
  test.describe.serial(`${name}: paid ${pays} the review, by ${by}`, () => {
    const organisation: Organisation = newOrganisation('申领供应商')
    let context: BrowserContext
    let page: Page
    let faults: string[]
    let number: string
    let address: string
    let key: Key

    test.beforeAll(async ({ browser, stack }) => {
      context = await browser.newContext({ baseURL: stack.url(on), locale: 'zh-CN', viewport: { width: 1280, height: 860 }, acceptDownloads: true })
      context.setDefaultTimeout(15_000)
      faults = await watch(context)
      page = await context.newPage()
    })
    test.afterEach(() => expect(faults, 'what no page may do').toEqual([]))
    let blank: string | undefined
    test.afterAll(async ({ stack }) => {
      await context.close()
      // Other journeys know the keys that lie in the drawer.
      if (blank) await stack.pullBlank(blank)
    })

    const pay = async () => {
      await page.goto(address)
      await expect(page.getByRole('main')).toContainText('待支付')
      if (by === 'gateway') {
        await page.getByRole('button', { name: '在线支付' }).click()
        await expect(page.getByRole('heading', { name: '演示支付网关 DEMO' })).toBeVisible()
        await page.getByRole('button', { name: '确认支付' }).click()
        await expect(page.getByRole('heading', { name: '付款' })).toBeVisible()
        await expect(page.getByRole('main')).toContainText('已确认')
        return
      }
      await page.getByRole('button', { name: '对公转账' }).click()
      await expect(page.getByText('附言码', { exact: true })).toBeVisible()
      await page.locator('input[type=file]').setInputFiles({ name: '回单.png', mimeType: 'image/png', buffer: png() })
      await expect(page.getByRole('main')).toContainText('待财务确认')
    }

    test('a company fills in the wizard: what it typed is saved by itself, a wrong code is named', async ({ stack }) => {
      await page.goto('.')
      await registerByPage(page, organisation)
      await page.goto('apply')
      await page.getByRole('link', { name: apply }).click()
      await page.getByRole('radio', { name: '新办' }).check()
      await page.getByRole('radio', { name: '机构证书' }).check()
      await page.getByRole('button', { name: '下一步：填写信息' }).click()
      await expect(page.getByLabel('单位名称')).toHaveValue(organisation.name)
      await page.getByLabel('统一社会信用代码').fill(organisation.uscc.slice(0, 17))
      await page.getByLabel('统一社会信用代码').blur()
      await expect(page.getByText('应为 18 位统一社会信用代码')).toBeVisible()
      await page.getByLabel('统一社会信用代码').fill(organisation.uscc)
      await page.getByLabel('法定代表人').fill('王法人')
      await page.getByLabel('收件地址').fill('厦门市思明区湖滨南路 1 号 1001 室')
      await page.getByLabel('接收邮箱').fill('invoice@example.cn')
      await expect(page.getByRole('status').filter({ hasText: '已自动保存' })).toBeVisible()
      address = new URL(page.url()).pathname.slice(1)
      await page.reload()
      await expect(page.getByLabel('收件地址')).toHaveValue('厦门市思明区湖滨南路 1 号 1001 室')
      expect(stack.port).not.toBe(stack.agentPort)
    })

    test('it uploads the papers, with a preview each, and submits', async () => {
      await page.getByRole('button', { name: '下一步：上传材料' }).click()
      await expect(page.getByRole('heading', { name: '先打印、盖章' })).toBeVisible()
      const papers = page.getByRole('main').getByRole('button', { name: '选择文件' })
      const count = await papers.count()
      expect(count).toBeGreaterThan(2)
      for (let at = 0; at < count; at += 1) {
        const asPdf = at % 2 === 0
        await page.locator('input[type=file]').nth(at).setInputFiles(
          asPdf ? { name: `材料${at}.pdf`, mimeType: 'application/pdf', buffer: pdf(['Stamped paper']) } : { name: `材料${at}.png`, mimeType: 'image/png', buffer: png() },
        )
        await expect(page.getByRole('img', { name: `材料${at}.${asPdf ? 'pdf' : 'png'} 的预览` })).toBeVisible()
      }
      await page.getByRole('button', { name: '下一步：核对' }).click()
      await page.getByRole('button', { name: '提交申请' }).click()
      await expect(page.getByText('已提交')).toBeVisible()
      number = (await page.getByText(/^受理编号/).innerText()).match(/SL\d{16}/)![0]
    })

    if (pays === 'before') test('it pays before the review', pay)

    test('one person reviews, and returns what is not clear', async ({ office }) => {
      await office.handles(on, 'review', number, async ({ page: theirs }) => {
        await theirs.getByRole('button', { name: '标记 收件地址' }).click()
        await theirs.getByLabel('问题说明 收件地址').fill('请写明楼栋')
        await theirs.getByRole('button', { name: '退回补正' }).click()
        await expect(theirs.getByText('已处理')).toBeVisible()
      })
      await page.goto(address)
      await expect(page.getByText('请写明楼栋')).toBeVisible()
      await page.getByLabel('收件地址').fill('厦门市思明区湖滨南路 1 号 A 座 1001 室')
      await page.getByRole('button', { name: '下一步：上传材料' }).click()
      await page.getByRole('button', { name: '下一步：核对' }).click()
      await page.getByRole('button', { name: '重新提交' }).click()
      await expect(page.getByText('已提交')).toBeVisible()
      await office.handles(on, 'review', number, (officer) => officer.pass())
    })

    if (pays === 'after') {
      test('it pays after the review, and finance confirms the transfer', async ({ office }) => {
        await pay()
        const officer = await office.at(on, 'finance')
        await officer.page.goto('operator/payments')
        const item = officer.page.getByRole('listitem').filter({ hasText: organisation.name })
        const due = (await item.locator('.fee').innerText()).replace(/[¥,\s]/g, '')
        await item.getByLabel('实收金额（元）').fill(due)
        await item.getByLabel('银行流水号').fill('BANK-0001')
        await item.getByRole('button', { name: '确认到账' }).click()
        await officer.page.getByRole('dialog').getByRole('button', { name: '确认' }).click()
        await expect(officer.page.getByText('已处理')).toBeVisible()
        officer.check()
      })
    }

    test('a second person reviews; whoever reviewed first is told why they may not', async ({ office }) => {
      await office.handles(on, 'review', number, async ({ page: theirs }) => {
        await expect(theirs.getByRole('button', { name: '通过', exact: true })).toHaveCount(0)
      })
      await office.handles(on, 'second_review', number, (officer) => officer.pass())
      await page.goto(address)
      await expect(page.getByRole('main')).toContainText(originals ? '待收原件' : '待制证')
      if (originals) {
        await expect(page.getByRole('heading', { name: '寄出盖章原件' })).toBeVisible()
        await page.getByLabel('快递公司').fill('顺丰')
        await page.getByLabel('快递单号').fill('SF0001')
        await page.getByRole('button', { name: '登记寄出' }).click()
        await expect(page.getByText('已登记')).toBeVisible()
        await office.handles(on, 'intake', number, async ({ page: theirs }) => {
          await theirs.getByRole('button', { name: '原件已收到' }).click()
          await expect(theirs.getByText('已登记')).toBeVisible()
        })
      }
    })

    test('the key is made on the operator’s agent: blank key in, certificates written and read back', async ({ office, stack }) => {
      blank = await stack.plugBlank()
      await office.handles(on, 'production', number, async ({ page: theirs }) => {
        const window = await AgentWindow.openedBy(theirs, () => theirs.getByRole('button', { name: '开始制证' }).click())
        const pin = await window.produce(organisation.name)
        await window.leave()
        await expect(theirs.getByText('制证完成，已回读核对')).toBeVisible({ timeout: 60_000 })
        await expect(theirs.getByRole('main')).toContainText('已制证')
        const shown = (await theirs.locator('.application__number').innerText()).match(/·\s*(\S+)\s*·\s*费用/)
        key = { number: shown![1]!, pin, organisation: organisation.name, uscc: organisation.uscc, holder: organisation.name, provider: '', algorithm: 'sm2', state: 'plugged' }
      })
    })

    test('it is sent, its way can be followed without a login, and it is not in force before its receipt', async ({ browser, office, stack }) => {
      await office.handles(on, 'dispatch', number, async ({ page: theirs }) => {
        await theirs.getByLabel('快递公司').fill('EMS')
        await theirs.getByLabel('快递单号').fill('EZ0001CN')
        await theirs.getByRole('button', { name: '登记寄出' }).click()
        await theirs.getByRole('dialog').getByRole('button', { name: '确认' }).click()
        await expect(theirs.getByText('已登记')).toBeVisible()
      })
      const stranger = await browser.newContext({ baseURL: stack.url(on), locale: 'zh-CN' })
      const theirs = await stranger.newPage()
      await theirs.goto(`progress?number=${number}`)
      await theirs.getByLabel('经办人手机号').fill(organisation.phone)
      await theirs.getByRole('button', { name: '获取验证码' }).click()
      await expect(theirs.getByText('如果编号和手机号相符')).toBeVisible()
      const reader = await office.at(on, 'audit')
      const code = (await reader.told(organisation.phone)).match(/查询码 (\d+)/)![1]!
      // Who reads everything changes nothing.
      await reader.open(number)
      await expect(reader.page.getByText('审计只读')).toBeVisible()
      for (const deed of ['通过', '退回补正', '驳回', '登记寄出', '标记']) await expect(reader.page.getByRole('button', { name: deed, exact: true })).toHaveCount(0)
      reader.check()
      await theirs.getByLabel('验证码').fill(code)
      await theirs.getByRole('button', { name: '查询' }).click()
      await expect(theirs.getByRole('main')).toContainText('EZ0001CN')
      await stranger.close()
    })

    test('its receipt is confirmed, and it is bound, logs in and seals', async () => {
      await page.goto(address)
      await page.getByRole('button', { name: '确认收货' }).click()
      await page.getByRole('dialog').getByRole('button', { name: '确认收货' }).click()
      await expect(page.getByRole('heading', { name: '已生效' })).toBeVisible()
      await page.getByRole('link', { name: '去绑定' }).click()
      await bind(page, on, key)
      await logOut(page)
      await logInByKey(page, key)
      await expect(page.getByRole('main')).toContainText(`已用 CA 锁 ${key.number} 登录`)
      await page.goto('documents')
      await page.locator('input[type=file]').setInputFiles({ name: '投标函.pdf', mimeType: 'application/pdf', buffer: pdf(['Letter of tender']) })
      await expect(page.getByRole('img', { name: '第 1 页' })).toBeVisible()
      const window = await AgentWindow.openedBy(page, () => page.getByRole('button', { name: '单页签章' }).click())
      await window.sign(key)
      await window.closed()
      await expect(page.getByText('签章完成')).toBeVisible()
    })
  })
}
