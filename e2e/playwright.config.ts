// The journeys of people, in Debian's Chromium, against a `cargo xtask run` of their own.

import { defineConfig } from '@playwright/test'

export default defineConfig({
  testDir: 'tests',
  outputDir: '../target/e2e',
  // One demo, one drawer of keys: a key pulled out in one test would be missing in another.
  workers: 1,
  fullyParallel: false,
  forbidOnly: !!process.env.CI,
  // A journey that needs a second try has found something: in us or in the test.
  retries: 0,
  timeout: 180_000,
  expect: { timeout: 15_000 },
  reporter: 'list',
  use: {
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    viewport: { width: 1280, height: 860 },
    actionTimeout: 15_000,
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
  },
})
