// Every test of ours: one demo for all of them, a Chromium that counts its pages as public (so that the popup is
// the only way to the agent), and a failure for any violation of the content security policy or error in a script.

import { test as base, type Browser, type BrowserContext } from '@playwright/test'
import { Stack, type PlatformId } from './stack.ts'
import { newOrganisation, type Organisation } from './world.ts'

const CHROMIUM = process.env.YINXIN_CHROMIUM ?? '/usr/bin/chromium'
// Chromium as root, without a screen and without calls home.
const QUIET = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

/** A browser for the pages of a demo. */
export function launch(playwright: typeof import('@playwright/test'), stack: Stack): Promise<Browser> {
  return playwright.chromium.launch({
    executablePath: CHROMIUM,
    args: [...QUIET, `--ip-address-space-overrides=127.0.0.1:${stack.port}=public`],
    // People's browsers have their popup blocker on: so has this one.
    ignoreDefaultArgs: ['--disable-popup-blocking'],
  })
}

/** Collects what no page may ever do: break its policy, throw an error that nobody caught. */
export async function watch(context: BrowserContext): Promise<string[]> {
  const faults: string[] = []
  await context.exposeBinding('reportPolicyViolation', ({ page }, what: string) => {
    faults.push(`policy violated on ${page.url()}: ${what}`)
  })
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const report = (window as unknown as { reportPolicyViolation(what: string): void }).reportPolicyViolation
      report(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`)
    })
  })
  context.on('weberror', (error) => faults.push(`uncaught on ${error.page()?.url()}: ${error.error().message}`))
  return faults
}

interface Fixtures {
  /** An organisation with an account on the platform, made for this test alone. */
  organisation: Organisation
  /** Which platform `page` is on; set with `test.use`. */
  on: PlatformId
  faults: string[]
}

export const test = base.extend<Fixtures, { stack: Stack }>({
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

/** Registers by the API, as the page does. */
export async function register(request: import('@playwright/test').APIRequestContext, url: string, o: Organisation): Promise<void> {
  const answer = await request.post(new URL('/api/v1/organisations', url).href, {
    headers: { Origin: new URL(url).origin },
    data: { organisation_name: o.name, uscc: o.uscc, phone: o.phone, person: o.person, account: o.account, password: o.password },
  })
  base.expect(answer.status(), await answer.text()).toBe(201)
}

export const expect = base.expect
