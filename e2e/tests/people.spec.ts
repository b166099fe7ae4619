// Employees, departments, sessions and 大字版 by their pages.

import { Officer } from '../support/office.ts'
import { logInByPassword } from '../support/person.ts'
import { expect, test } from '../support/test.ts'

test.use({ on: 'zcygov' })

test('an administrator invites somebody into a department, who activates the account, logs in, and leaves', async ({ page, browser, stack, organisation }) => {
  test.setTimeout(120_000)
  await logInByPassword(page, organisation.account, organisation.password)
  await page.goto('system/departments')
  await page.getByRole('button', { name: '新增部门' }).first().click()
  await page.getByRole('dialog').getByLabel('部门名称').fill('投标部')
  await page.getByRole('dialog').getByRole('button', { name: '保存' }).click()
  await expect(page.getByRole('cell', { name: '投标部', exact: true })).toBeVisible()

  await page.getByRole('navigation', { name: '系统管理' }).getByRole('link', { name: '员工管理' }).click()
  const account = `${organisation.account}b`
  const phone = organisation.phone.replace('138', '139')
  await page.getByRole('button', { name: '邀请员工' }).first().click()
  const dialog = page.getByRole('dialog', { name: '邀请员工' })
  await dialog.getByRole('button', { name: '发送邀请' }).click()
  await expect(dialog).toContainText('请填写姓名')
  await dialog.getByLabel('姓名').fill('李员工')
  await dialog.getByLabel('账号').fill(account)
  await dialog.getByLabel('手机号').fill(phone)
  await dialog.getByLabel('部门').selectOption({ label: '投标部' })
  await dialog.getByRole('button', { name: '发送邀请' }).click()
  const row = page.getByRole('row').filter({ hasText: account })
  await expect(row).toContainText('待激活')
  await expect(row).toContainText('投标部')

  const clerk = await Officer.at(browser, stack, 'zcygov', 'review')
  const code = /(\d{6,})/.exec((await clerk.told(phone)).replaceAll(phone, ''))?.[1]
  await clerk.end()
  expect(code, 'the invitation has a code').toBeTruthy()

  const theirs = await (await browser.newContext({ baseURL: stack.url('zcygov'), locale: 'zh-CN' })).newPage()
  await theirs.goto('invitation')
  await theirs.getByLabel('账号').fill(account)
  await theirs.getByLabel('邀请码').fill(code!)
  await theirs.getByLabel('新密码', { exact: true }).fill('Another-horse-7')
  await theirs.getByLabel('确认新密码').fill('Another-horse-7')
  await theirs.getByRole('button', { name: '激活' }).click()
  await expect(theirs.getByText('账户已激活')).toBeVisible()
  await logInByPassword(theirs, account, 'Another-horse-7')
  await theirs.goto('system/profile')
  await expect(theirs.getByRole('navigation', { name: '系统管理' }).getByRole('link', { name: '员工管理' })).toHaveCount(0)
  await theirs.goto('system/security')
  await expect(theirs.getByText('本次登录')).toBeVisible()

  await page.reload()
  await row.getByRole('button', { name: '离职' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '确认离职' }).click()
  await expect(page.getByText('已办理离职')).toBeVisible()
  await theirs.goto('apps')
  await expect(theirs.getByRole('heading', { name: '登录', exact: true })).toBeVisible()
  await theirs.context().close()
})

test('大字版 makes text larger on every page, survives a reload, and nothing scrolls sideways', async ({ page, organisation }) => {
  await logInByPassword(page, organisation.account, organisation.password)
  const size = () => page.getByRole('heading', { level: 1 }).evaluate((h) => parseFloat(getComputedStyle(h).fontSize))
  const before = await size()
  await page.getByRole('button', { name: '大字版' }).click()
  expect(await size()).toBeCloseTo(before * 1.25, 1)
  for (const path of ['apps', 'system/employees', 'system/ca/bindings']) {
    await page.goto(path)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await expect(page.getByRole('button', { name: '大字版' })).toHaveAttribute('aria-pressed', 'true')
    for (const width of [1280, 400]) {
      await page.setViewportSize({ width, height: 860 })
      expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), `${path} at ${width}`).toBeLessThanOrEqual(0)
    }
    await page.setViewportSize({ width: 1280, height: 860 })
  }
})
