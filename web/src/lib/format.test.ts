import { describe, expect, test } from 'vitest'
import { bytes, dateTime, day, daysUntil, grouped } from './format'

describe('what people read', () => {
  test('a time is shown in the reader’s zone, down to the second', () => {
    expect(dateTime('2026-11-22T18:30:05Z', 'Asia/Shanghai')).toBe('2026-11-23 02:30:05')
    expect(dateTime('2026-11-22T18:30:05Z', 'UTC')).toBe('2026-11-22 18:30:05')
    expect(day('2026-11-22T18:30:05Z', 'Asia/Shanghai')).toBe('2026-11-23')
  })

  test('midnight is 00, never 24', () => {
    expect(dateTime('2026-11-22T16:00:00Z', 'Asia/Shanghai')).toBe('2026-11-23 00:00:00')
  })

  test('no time and no readable time are a dash, not today', () => {
    expect(dateTime(null)).toBe('—')
    expect(day(undefined)).toBe('—')
    expect(dateTime('soon')).toBe('—')
  })

  test('days are whole, and negative once it is over', () => {
    const now = new Date('2026-11-22T12:00:00Z')
    expect(daysUntil('2026-11-23T11:00:00Z', now)).toBe(0)
    expect(daysUntil('2026-12-22T12:00:00Z', now)).toBe(30)
    expect(daysUntil('2026-11-22T11:59:00Z', now)).toBe(-1)
  })

  test('sizes use the unit that keeps them short', () => {
    expect(bytes(0)).toBe('0 B')
    expect(bytes(999)).toBe('999 B')
    expect(bytes(12_400)).toBe('12.4 kB')
    expect(bytes(300_000_000)).toBe('300 MB')
    expect(bytes(5_000_000_000)).toBe('5.0 GB')
  })

  test('a digest is grouped by eight, and no digit is lost', () => {
    const hex = '9f86d081884c7d659a2feaa0c55ad015'
    expect(grouped(hex)).toBe('9f86d081 884c7d65 9a2feaa0 c55ad015')
    expect(grouped(hex).replaceAll(' ', '')).toBe(hex)
  })
})
