// Browsers for journeys: a Chromium that counts a demo's pages as public, and a record of what no page may ever do.

import { expect, type APIRequestContext, type Browser, type BrowserContext } from '@playwright/test'
import type { Stack } from './stack.ts'
import type { Organisation } from './world.ts'

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

/** Registers by the API, as the page does. */
export async function register(request: APIRequestContext, url: string, o: Organisation): Promise<void> {
  const answer = await request.post(new URL('/api/v1/organisations', url).href, {
    headers: { Origin: new URL(url).origin },
    data: { organisation_name: o.name, uscc: o.uscc, phone: o.phone, person: o.person, account: o.account, password: o.password },
  })
  expect(answer.status(), await answer.text()).toBe(201)
}
