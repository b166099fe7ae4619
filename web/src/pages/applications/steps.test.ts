import { describe, expect, it } from 'vitest'
import type { ApplicationState } from '../../api/applications'
import { progressOf, stepsOf } from './steps'

function history(...states: ApplicationState[]) {
  return states.map((state, i) => ({ at: `2026-11-0${i + 1}T00:00:00Z`, state, by_role: 'applicant' }))
}

describe('the steps of an application', () => {
  it('put the payment before or after the review, as the provider has it', () => {
    expect(stepsOf('new', 'before_review', true, true)).toEqual(['form', 'payment', 'review', 'second_review', 'originals', 'production', 'shipment', 'active'])
    expect(stepsOf('new', 'after_review', true, false)).toEqual(['form', 'review', 'payment', 'second_review', 'production', 'shipment', 'active'])
  })

  it('leave the payment out where nothing is to be paid', () => {
    expect(stepsOf('revocation', 'before_review', false, false)).toEqual(['form', 'review', 'second_review', 'execution', 'active'])
  })

  it('end a renewal with writing to the same key, and an unlock with the popup', () => {
    expect(stepsOf('renewal', 'before_review', true, false).slice(-2)).toEqual(['writing', 'active'])
    expect(stepsOf('unlock', 'before_review', false, false).slice(-2)).toEqual(['unlocking', 'active'])
  })

  it('mark what is done with its time, what is now and what is ahead', () => {
    const ids = stepsOf('new', 'before_review', true, false)
    const steps = progressOf({ kind: 'new', state: 'submitted', history: history('draft', 'awaiting_payment', 'submitted') }, ids)
    expect(steps.map((s) => s.state)).toEqual(['done', 'done', 'now', 'ahead', 'ahead', 'ahead', 'ahead'])
    expect(steps[0]!.at).toBe('2026-11-02T00:00:00Z')
    expect(steps[1]!.at).toBe('2026-11-03T00:00:00Z')
  })

  it('show at which step a rejected application ended', () => {
    const ids = stepsOf('new', 'after_review', true, false)
    const steps = progressOf({ kind: 'new', state: 'rejected', history: history('draft', 'submitted', 'rejected') }, ids)
    expect(steps.find((s) => s.state === 'failed')?.id).toBe('review')
  })

  it('have all behind them once the key is in force', () => {
    const ids = stepsOf('new', 'before_review', true, true)
    const all = history('draft', 'awaiting_payment', 'submitted', 'second_review', 'production', 'shipping', 'shipped', 'active')
    expect(progressOf({ kind: 'new', state: 'active', history: all }, ids).every((s) => s.state === 'done')).toBe(true)
  })
})
