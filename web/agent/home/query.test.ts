import { expect, test } from 'vitest'
import { EMPTY, toQuery } from './query'

test('fields that are empty exclude nothing', () => {
  expect(toQuery(EMPTY)).toEqual({})
  expect(toQuery({ ...EMPTY, text: '   ' })).toEqual({})
})

test('the last day of a range is meant whole', () => {
  const { from, to } = toQuery({ ...EMPTY, from: '2026-11-22', to: '2026-11-22' })
  expect(from).toBe(new Date(2026, 10, 22).getTime() / 1000)
  expect(to).toBe(new Date(2026, 10, 23).getTime() / 1000)
})

test('what is searched for is trimmed and cut at what the agent takes', () => {
  expect(toQuery({ ...EMPTY, text: ` ${'长'.repeat(120)}` }).text).toHaveLength(100)
})
