// 政采云's CA 绑定与登录操作指南, step by step in its order and its words. Deviations are those of the design: the PIN is asked
// by the agent's window only; the CA 服务商 is found from the key, and the field shows it.

import { AgentWindow, logOut } from '../support/person.ts'
import { expect, test } from '../support/test.ts'

test.use({ on: 'zcygov' })

test('1 CA 绑定 1) to 7), 3 CA 登录, 2 CA 解绑', async ({ page, stack, organisation }) => {
  const key = await stack.newKey(organisation, 'zjhx')

  await test.step('1) 登录平台首页，点击“点击进入”，进入登录页面', async () => {
    await page.goto('.')
    await page.getByRole('button', { name: '点击进入' }).click()
  })
  await test.step('2) 在账号登录页面，输入账号和密码，点击“登录”，进入应用中心', async () => {
    await expect(page.getByRole('tab', { name: '账号登录', selected: true })).toBeVisible()
    await page.getByLabel('账号', { exact: true }).fill(organisation.account)
    await page.getByLabel('密码', { exact: true }).fill(organisation.password)
    await page.getByRole('main').getByRole('button', { name: '登录', exact: true }).click()
    await expect(page.getByRole('heading', { name: '应用中心' })).toBeVisible()
    for (const panel of ['待办', '预警', '消息']) await expect(page.getByRole('region', { name: panel })).toBeVisible()
    for (const place of ['预警', '待办', '消息']) await expect(page.getByRole('banner').getByRole('link', { name: place })).toBeVisible()
  })
  await test.step('3) 在“应用中心”页面，点击进入“系统管理”应用', async () => {
    await page.getByRole('main').getByRole('link', { name: '系统管理' }).click()
  })
  const menu = page.getByRole('navigation', { name: '系统管理' })
  await test.step('4) 点击“CA 管理-CA 绑定与解绑”菜单，进入“CA 管理”页面', async () => {
    for (const entry of ['账户管理', '部门管理', 'CA 证书申领', '员工管理']) await expect(menu.getByRole('link', { name: entry })).toBeVisible()
    await menu.getByRole('link', { name: 'CA 绑定与解绑' }).click()
    await expect(page.getByRole('heading', { name: 'CA 管理' })).toBeVisible()
    await page.getByRole('button', { name: '绑定操作说明' }).click()
    await page.getByRole('dialog').getByRole('button', { name: '知道了' }).click()
  })
  await test.step('5) 点击右上角“绑定 CA”，选择姓名和 CA 服务商，点击“确定” (deviation: PIN in the agent\'s window); 6) “下载驱动”', async () => {
    await page.getByRole('button', { name: '绑定 CA' }).click()
    const dialog = page.getByRole('dialog', { name: 'CA 绑定' })
    await expect(dialog.getByRole('link', { name: '下载驱动' })).toHaveAttribute('href', '/downloads')
    await expect(dialog.getByLabel('姓名')).toHaveValue(/.+/)
    await expect(dialog.getByLabel('CA 服务商')).toHaveValue('')
    const window = await AgentWindow.openedBy(page, () => dialog.getByRole('button', { name: '确定' }).click())
    await window.sign(key)
    await window.closed()
    await expect(page.getByText('绑定成功')).toBeVisible()
  })
  await test.step('7) 在“CA 管理”列表中显示绑定信息: the manual\'s columns, search, pages', async () => {
    for (const column of ['绑定账户', 'CA 证书信息', 'CA 服务商', 'CA 锁 ID', '到期时间', '绑定人', '绑定时间', '操作']) await expect(page.getByRole('columnheader', { name: column })).toBeVisible()
    await expect(page.getByText(/共\s*1\s*条/)).toBeVisible()
    await expect(page.getByLabel('每页条数')).toHaveValue('10')
    const row = page.getByRole('row').filter({ hasText: key.number })
    await page.getByRole('textbox', { name: '账户' }).fill('nobody')
    await page.getByRole('button', { name: '搜索' }).click()
    await expect(row).toHaveCount(0)
    await page.getByRole('search').getByRole('button', { name: '重置' }).click()
    await expect(row).toBeVisible()
    await page.getByRole('textbox', { name: '姓名' }).fill(organisation.person)
    await page.getByRole('button', { name: '搜索' }).click()
    await expect(row).toBeVisible()
    await row.getByRole('link', { name: '详情' }).click()
    await expect(page.getByRole('heading', { name: '证书链' })).toBeVisible()
  })
  await test.step('3 CA 登录: 切换到“CA 登录”，选择 CA 服务商，点击“检测 CA 并登录”，进入“应用中心”', async () => {
    await logOut(page)
    await page.getByRole('tab', { name: 'CA 登录' }).click()
    await page.getByLabel('CA 服务商').selectOption('zjhx')
    const window = await AgentWindow.openedBy(page, () => page.getByRole('button', { name: '检测 CA 并登录' }).click())
    await window.sign(key)
    await window.closed()
    await expect(page.getByRole('heading', { name: '应用中心' })).toBeVisible()
  })
  await test.step('2 CA 解绑: 应用中心—系统管理—CA 管理—CA 绑定与解绑，“解除绑定”，“确认要解除 CA 绑定吗”，“确认”', async () => {
    await page.getByRole('main').getByRole('link', { name: '系统管理' }).click()
    await menu.getByRole('link', { name: 'CA 绑定与解绑' }).click()
    await page.getByRole('row').filter({ hasText: key.number }).getByRole('button', { name: '解除绑定' }).click()
    const question = page.getByRole('dialog')
    await expect(question).toContainText('确认要解除 CA 绑定吗')
    await question.getByRole('button', { name: '确认', exact: true }).click()
    await expect(page.getByText('已解除绑定')).toBeVisible()
  })
})
