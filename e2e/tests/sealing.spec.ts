// Several seals as one signature: on many pages, over the edges and at a keyword, with one PIN; then all is taken back,
// and sealed again as the last seal.

import { looked } from '../support/looking.ts'
import { AgentWindow, bind, logInByPassword } from '../support/person.ts'
import { expect, test } from '../support/test.ts'
import { pdf } from '../support/world.ts'

test('pages, edges and a keyword become one signature; it is withdrawn, and a last seal locks the document', async ({ page, stack, organisation }) => {
  await logInByPassword(page, organisation.account, organisation.password)
  const key = await stack.newKey(organisation, 'szca')
  await page.goto('me/bindings')
  await bind(page, 'gongecai', key)
  await page.goto('documents')
  await page.locator('input[type=file]').setInputFiles({ name: '合同.pdf', mimeType: 'application/pdf', buffer: pdf(['Contract', 'Terms', 'Sign here please', 'Annex']) })
  await expect(page.getByRole('img', { name: '第 1 页' })).toBeVisible()
  const panel = page.getByRole('complementary')
  await expect(panel).toContainText('根据您绑定的')

  await test.step('three ways, undone and redone', async () => {
    await panel.getByRole('radio', { name: '多页' }).check()
    await panel.getByLabel('页面').selectOption('odd')
    await panel.getByRole('button', { name: '再加一枚印章' }).click()
    await panel.getByRole('radio', { name: '骑缝' }).check()
    await expect(panel).toContainText('分为 4 条')
    await panel.getByRole('button', { name: '再加一枚印章' }).click()
    await panel.getByRole('radio', { name: '关键字' }).check()
    await panel.getByLabel('关键字', { exact: true }).last().fill('Sign here')
    await expect(panel).toContainText('找到 1 处')
    await page.getByRole('button', { name: '撤销一步' }).click()
    await page.getByRole('button', { name: '重做' }).click()
    await panel.getByRole('button', { name: '1. 第 3 页' }).click()
    await expect(page.getByRole('img', { name: '第 3 页' })).toBeVisible()
    await looked(page, 'sealing-desk')
  })

  await test.step('one consent that names the places, one PIN', async () => {
    const window = await AgentWindow.openedBy(page, () => panel.getByRole('button', { name: '一并签章' }).click())
    await expect(window.page.getByRole('main')).toContainText('第 1-4 页')
    await expect(window.page.getByRole('main')).toContainText('共 7 处')
    await window.sign(key)
    await window.closed()
    await expect(page.getByText('签章完成')).toBeVisible()
    await expect(panel.getByRole('listitem')).toHaveCount(1)
  })

  await test.step('all is withdrawn, and the last seal says that it is the last', async () => {
    await panel.getByRole('button', { name: '全部撤回' }).click()
    await page.getByRole('dialog').getByRole('button', { name: '全部撤回' }).click()
    await expect(panel.getByRole('heading', { name: '放置印章' })).toBeVisible()
    await panel.getByLabel(/最后一枚印章/).check()
    const window = await AgentWindow.openedBy(page, () => panel.getByRole('button', { name: '单页签章' }).click())
    await expect(window.page.getByRole('main')).toContainText('不能再加盖')
    await window.sign(key)
    await window.closed()
    await expect(panel).toContainText('文件已锁定')
  })
})
