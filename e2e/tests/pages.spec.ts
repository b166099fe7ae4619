// What holds for every page: readable contrast, names and roles (WCAG 2.1 A and AA), the keyboard, both languages,
// wide and narrow. The pictures stand in target/pictures, to be looked at.

import { accessible, picture, PICTURES } from '../support/looking.ts'
import { Officer } from '../support/office.ts'
import { AgentWindow, logInByPassword } from '../support/person.ts'
import type { PlatformId } from '../support/stack.ts'
import { expect, test } from '../support/test.ts'
import { pdf } from '../support/world.ts'

const PUBLIC = ['', 'login', 'login?tab=ca', 'register', 'apply', 'downloads', 'key-check', 'verify', 'progress', 'recovery', 'invitation', 'no-such-page']
/** What looks the same on both platforms is read on one. */
const COMMON = ['doctor', 'tickets', 'tickets/new', 'help', 'help/cases']
const PRIVATE: Record<PlatformId, string[]> = {
  gongecai: ['apps', 'me/profile', 'me/bindings', 'me/forced', 'me/applications', 'me/seals', 'applications/new', 'documents', 'notices'],
  // The pages of people are the same on both: read once.
  zcygov: ['apps', 'system/profile', 'system/accounts', 'system/departments', 'system/employees', 'system/organisation', 'system/security', 'system/preferences', 'system/ca/bindings', 'system/ca/applications', 'applications/new', 'documents', 'notices'],
}

for (const on of ['gongecai', 'zcygov'] as const) {
  test.describe(on, () => {
    test.use({ on })

    test('the public pages can be read by everyone, in both languages', async ({ page }) => {
      test.setTimeout(240_000)
      for (const path of on === 'gongecai' ? [...PUBLIC, ...COMMON] : PUBLIC) {
        for (const language of ['zh', 'en']) {
          await page.goto(path)
          await page.getByRole('main').waitFor()
          if (language === 'en') await page.getByRole('button', { name: 'English' }).click()
          await page.waitForLoadState('networkidle')
          await accessible(page)
          await picture(page, `${on}-${path.replace(/\W/g, '-') || 'home'}-${language}`)
          if (language === 'en') await page.getByRole('button', { name: '中文' }).click()
        }
      }
    })

    test('the pages behind the login can be read by everyone, in both languages', async ({ page, organisation }) => {
      test.setTimeout(240_000)
      await logInByPassword(page, organisation.account, organisation.password)
      await page.goto('documents')
      await page.locator('input[type=file]').setInputFiles({ name: '样张.pdf', mimeType: 'application/pdf', buffer: pdf(['A page to seal']) })
      await expect(page.getByRole('img', { name: '第 1 页' })).toBeVisible()
      const document = new URL(page.url()).pathname.slice(1)
      for (const path of [...PRIVATE[on], document]) {
        for (const language of ['zh', 'en']) {
          await page.goto(path)
          await page.getByRole('main').waitFor()
          if (language === 'en') await page.getByRole('button', { name: 'English' }).click()
          await page.waitForLoadState('networkidle')
          await accessible(page)
          const name = path === document ? 'document' : path.replace(/\W/g, '-')
          await picture(page, `${on}-${name}-${language}`)
          if (language === 'en') await page.getByRole('button', { name: '中文' }).click()
        }
      }
    })
  })
}

test('the back office can be read by everyone, in both languages', async ({ browser, stack }) => {
  test.setTimeout(180_000)
  const auditor = await Officer.at(browser, stack, 'gongecai', 'audit')
  const { page } = auditor
  for (const path of ['operator/applications', 'operator/payments', 'operator/outbox', 'operator/organisations', 'operator/organisation-requests', 'operator/bindings', 'operator/forced-unbindings', 'operator/regions', 'operator/operators', 'operator/seal-applications', 'operator/tickets', 'operator/canned-answers', 'operator/statistics', 'operator/account']) {
    for (const language of ['zh', 'en']) {
      await page.goto(path)
      await page.getByRole('main').waitFor()
      if (language === 'en') await page.getByRole('button', { name: 'English' }).click()
      await page.waitForLoadState('networkidle')
      await accessible(page)
      await picture(page, `office-${path.replace(/\W/g, '-')}-${language}`)
      if (language === 'en') await page.getByRole('button', { name: '中文' }).click()
    }
  }
  await auditor.end()
})

test('the agent\'s window can be read by everyone', async ({ page, stack, organisation }) => {
  const key = await stack.newKey(organisation, 'szca')
  await page.goto('login?tab=ca')
  const window = await AgentWindow.openedBy(page, () => page.getByRole('button', { name: '检测 CA 并登录' }).click())
  await expect(window.row(key)).toBeVisible()
  await accessible(window.page)
  await window.page.screenshot({ path: `${PICTURES}agent-login.png`, fullPage: true })
})

test('one can log in with the keyboard alone', async ({ page, organisation }) => {
  await page.goto('login')
  const account = page.getByLabel('账号', { exact: true })
  await account.waitFor()
  for (let steps = 0; steps < 40; steps += 1) {
    await page.keyboard.press('Tab')
    if (await account.evaluate((field) => field === document.activeElement)) break
  }
  await expect(account).toBeFocused()
  await page.keyboard.type(organisation.account)
  await page.keyboard.press('Tab')
  await page.keyboard.type(organisation.password)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: '应用中心' })).toBeVisible()
})

test('one can log in with a key and the keyboard alone', async ({ page, stack, organisation }) => {
  const { bind, logOut } = await import('../support/person.ts')
  const key = await stack.newKey(organisation, 'szca')
  await logInByPassword(page, organisation.account, organisation.password)
  await bind(page, 'gongecai', key)
  await logOut(page)
  await stack.withOnly([key.number], async () => {
    await page.goto('login')
    await page.getByRole('tab', { name: '账号登录' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    const detect = page.getByRole('button', { name: '检测 CA 并登录' })
    for (let steps = 0; steps < 10 && !(await detect.evaluate((b) => b === document.activeElement)); steps += 1) await page.keyboard.press('Tab')
    const window = await AgentWindow.openedBy(page, () => page.keyboard.press('Enter'))
    await expect(window.row(key)).toBeVisible()
    const pin = window.page.getByLabel('PIN')
    for (let steps = 0; steps < 20 && !(await pin.evaluate((f) => f === document.activeElement).catch(() => false)); steps += 1) {
      await window.page.keyboard.press('Tab')
      if (await window.row(key).evaluate((r) => r === document.activeElement)) await window.page.keyboard.press('Space')
    }
    await window.page.keyboard.type(key.pin)
    // For its first moments the window takes no answer, so that nobody gives one unawares.
    await expect(window.confirm).toBeEnabled()
    await window.page.keyboard.press('Enter')
    await window.closed()
    await expect(page.getByRole('heading', { name: '应用中心' })).toBeVisible()
  })
})
