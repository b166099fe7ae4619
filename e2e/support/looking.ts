// What holds for every page, wherever a journey comes to it: readable by everyone (WCAG 2.1 A and AA), nothing that
// scrolls sideways, wide and narrow. The pictures stand in target/pictures, to be looked at.

import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'
import { fileURLToPath } from 'node:url'

export const PICTURES = fileURLToPath(new URL('../../target/pictures/', import.meta.url))

export async function accessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']).analyze()
  const told = violations.map((v) => `${page.url()}: ${v.id}, ${v.help}: ${v.nodes.map((n) => n.target.join(' ')).join('; ')}`)
  expect(told).toEqual([])
}

export async function picture(page: Page, name: string): Promise<void> {
  for (const width of [1280, 400]) {
    await page.setViewportSize({ width, height: 860 })
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    expect(overflow, `${page.url()} scrolls sideways at ${width}`).toBeLessThanOrEqual(0)
    // A whole page is pictured from its top: the banner stays where one looks.
    await page.evaluate(() => window.scrollTo({ top: 0, behavior: 'instant' }))
    await page.screenshot({ path: `${PICTURES}${name}-${width}.png`, fullPage: true })
  }
  await page.setViewportSize({ width: 1280, height: 860 })
}

/** A page of the platform as it stands, in both languages; what was typed stays. */
export async function looked(page: Page, name: string): Promise<void> {
  await accessible(page)
  await picture(page, `${name}-zh`)
  await page.getByRole('button', { name: 'English' }).click()
  await picture(page, `${name}-en`)
  await page.getByRole('button', { name: '中文' }).click()
}
