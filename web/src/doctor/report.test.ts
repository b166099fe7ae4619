import { beforeEach, expect, test, vi } from 'vitest'
import { forgetReport, keepReport, keptReport } from './report'

const report = { text: 'yinxin-agent 0.1.0\nkey: ****12', agentVersion: '0.1.0', case: 'key_not_found', code: null, provider: null }

function memory(): Storage {
  const kept = new Map<string, string>()
  return { getItem: (k: string) => kept.get(k) ?? null, setItem: (k: string, v: string) => void kept.set(k, v), removeItem: (k: string) => void kept.delete(k) } as unknown as Storage
}

beforeEach(() => {
  vi.stubGlobal('sessionStorage', memory())
  forgetReport()
})

test('a report is handed over whole, and is gone once it was forgotten', () => {
  expect(keptReport()).toBeNull()
  keepReport(report)
  expect(keptReport()).toEqual(report)
  forgetReport()
  expect(keptReport()).toBeNull()
})

test('a browser that forbids session memory still hands it over within the page', () => {
  const refuse = () => {
    throw new Error('denied')
  }
  vi.stubGlobal('sessionStorage', { getItem: refuse, setItem: refuse, removeItem: refuse })
  keepReport(report)
  expect(keptReport()).toEqual(report)
})

test('a report that the server would refuse for its length is cut at a whole line', () => {
  keepReport({ ...report, text: `${'锁'.repeat(30_000)}\n`.padStart(90_010, 'a') + 'tail' })
  const kept = keptReport()!
  expect(new TextEncoder().encode(kept.text).length).toBeLessThanOrEqual(64 * 1024)
  expect(kept.text).not.toContain('tail')
})

test('what somebody else wrote there is no report', () => {
  sessionStorage.setItem('yinxin.doctor.report', '{"text":5}')
  expect(keptReport()).toBeNull()
  sessionStorage.setItem('yinxin.doctor.report', '{')
  expect(keptReport()).toBeNull()
})
