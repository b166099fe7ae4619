import { expect, it } from 'vitest'
import { renewalOf } from './renewal'

const now = new Date('2026-11-26T00:00:00Z')
const window = { opens_days: 90, closes_days: 1 }

it('is online within the window, too early before it, closed at its end and offline after expiry', () => {
  expect(renewalOf('2027-01-01T00:00:00Z', window, now).way).toBe('online')
  expect(renewalOf('2027-12-01T00:00:00Z', window, now)).toEqual({ way: 'early', opens: '2027-09-02T00:00:00.000Z' })
  expect(renewalOf('2026-11-26T12:00:00Z', window, now).way).toBe('closed')
  expect(renewalOf('2026-11-25T00:00:00Z', window, now).way).toBe('expired')
})

it('leaves a key of unknown expiry to the server', () => {
  expect(renewalOf(null, window, now).way).toBe('online')
})
