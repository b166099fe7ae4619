import { expect, it } from 'vitest'
import { dayAfter, listQuery, onlyReads } from './deeds'

it('counts on to the day after, over months and years', () => {
  expect(dayAfter('2026-12-31')).toBe('2027-01-01')
  expect(dayAfter('2028-02-28')).toBe('2028-02-29')
  expect(dayAfter('soon')).toBe('soon')
})

it('keeps in the address only what narrows the list', () => {
  expect(listQuery({ queue: 'review', state: '', text: undefined, page: 1 })).toEqual({ queue: 'review' })
  expect(listQuery({ page: 3 })).toEqual({ page: '3' })
})

it('knows who only reads', () => {
  expect(onlyReads(['audit'])).toBe(true)
  expect(onlyReads([])).toBe(false)
  expect(onlyReads(['review'])).toBe(false)
})
