import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { scrub } from './redact'

it('a text is shown as the server will keep it', () => {
  const vectors = JSON.parse(readFileSync(new URL('../../../crates/doctor/tests/redact.json', import.meta.url), 'utf8')) as [string, string][]
  expect(vectors.length).toBeGreaterThan(10)
  for (const [text, kept] of vectors) expect(scrub(text), text).toBe(kept)
})
