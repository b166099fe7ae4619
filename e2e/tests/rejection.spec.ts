// An application that is not granted: its reason is told, and the money goes back.

import { Applicant, type Application } from '../support/applicant.ts'
import { looked } from '../support/looking.ts'
import { expect, test } from '../support/test.ts'

const ON = 'gongecai'

test.describe.serial('an application that is rejected', () => {
  let company: Applicant
  let application: Application

  test.beforeAll(async ({ browser, stack }) => {
    company = await Applicant.at(browser, stack, ON, '驳回供应商')
  })
  test.afterEach(() => company?.check())
  test.afterAll(() => company?.end())

  test('is paid before its review, and rejected with a reason', async ({ office }) => {
    application = await company.submit('szca', 'new')
    await company.pay(application)
    await office.handles(ON, 'review', application.number, async ({ page }) => {
      await page.getByRole('button', { name: '驳回' }).click()
      await page.getByRole('button', { name: '确认驳回' }).click()
      await expect(page.getByText('请填写驳回原因')).toBeVisible()
      await page.getByLabel('驳回原因').fill('营业执照与企业信息不符')
      await page.getByRole('button', { name: '确认驳回' }).click()
      const question = page.getByRole('dialog')
      await expect(question).toContainText('已付款项由财务退款')
      await question.getByRole('button', { name: '确认' }).click()
      await expect(page.getByText('已处理')).toBeVisible()
    })
  })

  test('tells the applicant why, and that the money is on its way', async () => {
    const { page } = company
    await company.open(application)
    const main = page.getByRole('main')
    await expect(page.getByRole('heading', { name: '申请被驳回' })).toBeVisible()
    await expect(main).toContainText('营业执照与企业信息不符')
    await expect(main).toContainText('待退款')
    await expect(page.getByRole('button', { name: '申请开具发票' })).toHaveCount(0)
    await looked(page, 'rejected')
    await page.goto('notices')
    await expect(main).toContainText(application.number)
    await expect(main).toContainText('营业执照与企业信息不符')
  })

  test('is paid back by finance, and the applicant reads the bank’s reference', async ({ office }) => {
    const { page: desk } = await office.at(ON, 'finance')
    await desk.goto('operator/payments')
    await desk.getByRole('button', { name: '待退款' }).click()
    const item = desk.getByRole('listitem').filter({ hasText: company.organisation.name })
    await looked(desk, 'refund-desk')
    await item.getByLabel('退款流水号').fill('REFUND-0001')
    await item.getByRole('button', { name: '登记退款' }).click()
    await desk.getByRole('dialog').getByRole('button', { name: '确认' }).click()
    await expect(desk.getByText('已处理')).toBeVisible()
    await expect(item).toHaveCount(0)

    const { page } = company
    await company.open(application)
    await expect(page.getByRole('main')).toContainText('已退款')
    await expect(page.getByRole('main')).toContainText('REFUND-0001')
    await page.goto('notices')
    await expect(page.getByRole('main')).toContainText('REFUND-0001')
    await looked(page, 'refunded-notice')
  })
})
