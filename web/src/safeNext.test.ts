import { describe, expect, test } from 'vitest'
import { safeNext } from './safeNext'

describe('where a login leads', () => {
  test('back to a page of ours, with its query', () => {
    expect(safeNext('/documents/01J?x=1')).toBe('/documents/01J?x=1')
  })

  test('never to an address elsewhere, in any disguise, and never back to the login', () => {
    for (const next of ['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', '\t//evil.example', '', undefined, ['/a'], '/login?next=/login']) {
      expect(safeNext(next), String(next)).toBe('/apps')
    }
  })
})
