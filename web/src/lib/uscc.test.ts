import { describe, expect, test } from 'vitest'
import { normaliseUscc, usccProblem } from './uscc'

describe('the unified social credit code', () => {
  test('a code whose check character fits is right', () => {
    // The first is the example of GB 32100-2015; the others are published codes of listed companies.
    for (const code of ['91350100M000100Y43', '9144030071526726XG', '91330100799655058B']) expect(usccProblem(code), code).toBeNull()
  })

  test('any single wrong character is noticed', () => {
    const code = '91350100M000100Y43'
    for (let at = 0; at < code.length; at++) {
      for (const other of '0123456789ABCDEFGHJKLMNPQRTUWXY') {
        if (other === code[at]) continue
        expect(usccProblem(code.slice(0, at) + other + code.slice(at + 1)), `${other} at ${at}`).toBe('check')
      }
    }
  })

  test('letters that no code uses are told apart from a wrong check character', () => {
    expect(usccProblem('9135010OM000100Y43')).toBe('character')
    expect(usccProblem('91350100M000100Y4I')).toBe('character')
  })

  test('too short and too long are told as such', () => {
    expect(usccProblem('')).toBe('length')
    expect(usccProblem('91350100M000100Y430')).toBe('length')
  })

  test('what people paste becomes the code', () => {
    expect(normaliseUscc(' ９１３５０１００-m000100y43\t')).toBe('91350100M000100Y43')
  })
})
