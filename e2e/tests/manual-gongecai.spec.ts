// 公e采's CA 使用操作指引, step by step in its order and its words. Deviations are those of the design: the PIN is asked by
// the agent's window only, not by a page; the type of CA is found from the key. 第一章 三 (办理) is walked in
// application.spec.ts, 第三章 (签章) in journeys.spec.ts, the drivers of 第一章 二 in downloads.spec.ts.

import { AgentWindow, bind, detectAndLogIn, logInByKey, logInByPassword, logOut, registerByPage } from '../support/person.ts'
import { expect, test } from '../support/test.ts'
import { newOrganisation } from '../support/world.ts'

test('第一章 五: 绑定流程 第 1 至 5 步, then CA 解绑流程 第 1 至 3 步', async ({ page, stack }) => {
  const organisation = newOrganisation()
  await registerByPage(page, organisation)
  const key = await stack.newKey(organisation, 'szca')

  await test.step('第 1 步: 注册登入后，点击右上角“个人中心”', async () => {
    await page.getByRole('banner').getByRole('link', { name: '个人中心' }).click()
  })
  const window = await test.step('第 2 步: 点击左侧“CA 绑定”，点击“获取 CA 编号”', async () => {
    await page.getByRole('navigation', { name: '个人中心' }).getByRole('link', { name: 'CA 绑定' }).click()
    return AgentWindow.openedBy(page, () => page.getByRole('button', { name: '获取 CA 编号' }).click())
  })
  await test.step('第 3 步: 出现 CA 章选择框，点击对应 CA，输入 CA 密码 (deviation: in the agent\'s window)', async () => {
    await window.sign(key)
  })
  await test.step('第 4 步: 返回添加 CA 页面，CA 编号已自动获取，点击右下角“确定”', async () => {
    await window.closed()
    const dialog = page.getByRole('dialog', { name: '添加 CA' })
    await expect(dialog.getByLabel('CA 编号')).toHaveValue(key.number)
    // 两次点击只绑定一次: a double click does nothing twice.
    await dialog.getByRole('button', { name: '确定' }).dblclick()
    await expect(page.getByText('绑定成功')).toBeVisible()
    await expect(page.getByRole('row').filter({ hasText: key.number })).toHaveCount(1)
  })

  await test.step('a password session does not release it: the manual wants the key itself', async () => {
    await page.getByRole('row').filter({ hasText: key.number }).getByRole('button', { name: '删除' }).click()
    await page.getByRole('dialog').getByRole('button', { name: '确认删除' }).click()
    await expect(page.getByRole('alert').filter({ has: page.getByText('unbind_needs_key') })).toBeVisible()
  })

  await test.step('第 5 步 and 解绑 第 1 步: 使用 CA 登录', async () => {
    await logOut(page)
    await logInByKey(page, key)
  })
  await test.step('解绑 第 2 步: 点击页面右上角的“CA 绑定”', async () => {
    await page.getByRole('banner').getByRole('link', { name: 'CA 绑定' }).click()
  })
  await test.step('解绑 第 3 步: 点击证书编号后的“删除”，再点击“确认删除”', async () => {
    await page.getByRole('row').filter({ hasText: key.number }).getByRole('button', { name: '删除' }).click()
    await page.getByRole('dialog').getByRole('button', { name: '确认删除' }).click()
    await expect(page.getByText('已解除绑定')).toBeVisible()
  })

  await test.step('第二章 六: “证书有效但未绑定” leads to binding', async () => {
    await logOut(page)
    const login = await detectAndLogIn(page)
    await login.sign(key)
    await login.closed()
    await expect(page.getByRole('alert')).toContainText('证书有效但未绑定')
    await expect(page.getByRole('button', { name: '用账号密码登录并绑定' })).toBeVisible()
  })
})

test('第二章 二: 已被多人绑定 shows the masked owner and both ways out; a forced release begins with evidence', async ({ page, stack }) => {
  const [first, second] = ['demo', 'demo2'].map((name) => stack.up.accounts.find((a) => a.name === name && a.platform === 'gongecai')!)
  const own = stack.up.keys.find((k) => k.organisation === first!.organisation)!
  const key = await stack.newKey({ name: own.organisation, uscc: own.uscc }, 'szca')
  await logInByPassword(page, first!.name, first!.password)
  await bind(page, 'gongecai', key)
  await logOut(page)
  await logInByPassword(page, second!.name, second!.password)
  await page.goto('me/bindings')
  const window = await AgentWindow.openedBy(page, () => page.getByRole('button', { name: '获取 CA 编号' }).click())
  await window.sign(key)
  await window.closed()
  const dialog = page.getByRole('dialog', { name: '添加 CA' })
  const refused = dialog.getByRole('alert')
  const confirm = dialog.getByRole('button', { name: '确定' })
  await expect(refused.or(confirm.and(page.locator(':enabled'))).first()).toBeVisible()
  if (!(await refused.isVisible())) await confirm.click()
  await expect(refused).toContainText('已被多人绑定')
  await expect(refused).toContainText('**')
  await expect(refused).not.toContainText(own.organisation)
  await expect(refused.getByRole('button', { name: '用这把锁登录旧账户，解绑后再绑定' })).toBeVisible()
  await refused.getByRole('button', { name: '申请强制解绑' }).click()
  const asking = page.getByRole('dialog', { name: '申请强制解绑' })
  await asking.getByLabel('申请理由').fill('原经办人已经离职，旧账户的手机号也已停用。')
  await asking.getByRole('button', { name: '下一步：上传材料' }).click()
  await expect(page.getByRole('heading', { name: '强制解绑申请' })).toBeVisible()
  await expect(page.getByRole('main')).toContainText(key.number)
  await expect(page.getByRole('button', { name: '提交', exact: true })).toBeDisabled()
})
