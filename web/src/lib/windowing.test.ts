import { describe, expect, test } from 'vitest'
import { offsetsOf, rowAt, scrollTo, windowOf } from './windowing'

const thousand = offsetsOf(Array.from({ length: 1000 }, (_, at) => (at % 2 ? 100 : 160)))

describe('a list of a thousand pages', () => {
  test('only the rows in sight and a few more are drawn, wherever it stands', () => {
    for (const scrolled of [0, 5_000, 64_321, 129_000]) {
      const { from, to } = windowOf(thousand, scrolled, 700, 400)
      expect(to - from).toBeLessThan(20)
      expect(thousand[from]!).toBeLessThanOrEqual(Math.max(0, scrolled - 400))
      expect(thousand[to]!).toBeGreaterThanOrEqual(Math.min(130_000, scrolled + 1100))
    }
  })

  test('no row is left out between two windows that meet', () => {
    for (let scrolled = 0; scrolled < 129_000; scrolled += 700) {
      expect(windowOf(thousand, scrolled + 700, 700, 0).from).toBeLessThanOrEqual(windowOf(thousand, scrolled, 700, 0).to)
    }
  })

  test('the row at a distance is found, and the nearest one outside', () => {
    expect(rowAt(thousand, 0)).toBe(0)
    expect(rowAt(thousand, 159)).toBe(0)
    expect(rowAt(thousand, 160)).toBe(1)
    expect(rowAt(thousand, -50)).toBe(0)
    expect(rowAt(thousand, 1e9)).toBe(999)
  })

  test('it scrolls no further than it must', () => {
    expect(scrollTo(thousand, 1, 0, 700)).toBe(0)
    expect(scrollTo(thousand, 0, 300, 700)).toBe(0)
    expect(scrollTo(thousand, 999, 0, 700)).toBe(130_000 - 700)
  })

  test('an empty list has no rows', () => {
    expect(windowOf(offsetsOf([]), 0, 700, 400)).toEqual({ from: 0, to: 0 })
  })
})
