import { expect, it } from 'vitest'
import { bars, mendedShare } from './statistics'

it('what is of one thing becomes one bar, the largest first', () => {
  const lines = [{ of: 'a', what: 'self', count: 1 }, { of: 'b', what: 'open', count: 2 }, { of: 'b', what: 'not', count: 3 }]
  expect(bars(lines, { self: 'mended', helped: 'mended', not: 'not' }, 'waits')).toEqual([
    { of: 'b', parts: { waits: 2, not: 3 }, total: 5 },
    { of: 'a', parts: { mended: 1 }, total: 1 },
  ])
})

it('the share of what was mended is of what was shown, and none of nothing', () => {
  expect(mendedShare([{ of: 'a', what: 'shown', count: 4 }, { of: 'b', what: 'mended', count: 1 }]).share).toBe(0.25)
  expect(mendedShare([{ of: 'a', what: 'mended', count: 9 }, { of: 'a', what: 'shown', count: 3 }]).share).toBe(1)
  expect(mendedShare([]).share).toBeNull()
})
