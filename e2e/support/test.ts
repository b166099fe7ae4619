// Every test of ours: one demo for all of them, a Chromium that counts its pages as public (so that the popup is
// the only way to the agent), and a failure for any violation of the content security policy or error in a script.

import { test as base } from '@playwright/test'
import { launch, register, watch } from './browsing.ts'
import { Office } from './office.ts'
import { Stack, type PlatformId } from './stack.ts'
import { newOrganisation, type Organisation } from './world.ts'

interface Fixtures {
  /** An organisation with an account on the platform, made for this test alone. */
  organisation: Organisation
  /** Which platform `page` is on; set with `test.use`. */
  on: PlatformId
  faults: string[]
}

export const test = base.extend<Fixtures, { stack: Stack; office: Office }>({
  stack: [
    async ({}, use) => {
      const stack = await Stack.start()
      await use(stack)
      await stack.end()
    },
    { scope: 'worker', timeout: 600_000 },
  ],
  browser: [
    async ({ playwright, stack }, use) => {
      const browser = await launch(playwright as unknown as typeof import('@playwright/test'), stack)
      await use(browser)
      await browser.close()
    },
    { scope: 'worker' },
  ],
  /** The back office, whose people stay logged in. */
  office: [
    async ({ browser, stack }, use) => {
      const office = new Office(browser, stack)
      await use(office)
      await office.end()
    },
    { scope: 'worker' },
  ],
  on: ['gongecai', { option: true }],
  baseURL: async ({ stack, on }, use) => use(stack.url(on)),
  faults: [
    async ({ context }, use) => {
      const faults = await watch(context)
      await use(faults)
      base.expect(faults, 'what no page may do').toEqual([])
    },
    { auto: true },
  ],
  organisation: async ({ request, baseURL }, use) => {
    const organisation = newOrganisation()
    await register(request, baseURL!, organisation)
    await use(organisation)
  },
})

export const expect = base.expect
export { launch, register, watch }
