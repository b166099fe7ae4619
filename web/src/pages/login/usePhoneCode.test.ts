// A code is asked for once a minute, a refusal may be tried again at once.

import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import { ApiProblem } from '../../api/problem'

const post = vi.hoisted(() => vi.fn())
vi.mock('../../api/client', () => ({ api: { post } }))
const { isMobile, PAUSE, tidyPhone, usePhoneCode } = await import('./usePhoneCode')

beforeEach(() => {
  vi.useFakeTimers()
  post.mockReset()
})
afterEach(() => vi.useRealTimers())

it('after a code was sent, no other is asked for until the pause is over', async () => {
  post.mockResolvedValue(null)
  const scope = effectScope()
  const code = scope.run(() => usePhoneCode('login'))!
  await code.send('13800000000')
  await code.send('13800000000')
  expect(post).toHaveBeenCalledTimes(1)
  expect(code.wait.value).toBe(PAUSE)
  vi.advanceTimersByTime(PAUSE * 1000)
  expect(code.wait.value).toBe(0)
  await code.send('13800000000')
  expect(post).toHaveBeenLastCalledWith('/phone-codes', { purpose: 'login', phone: '13800000000' })
  scope.stop()
})

it('a refusal is shown, and starts no countdown', async () => {
  const refusal = new ApiProblem('rate_limited', { zh: '太多', en: 'too many' }, { zh: '稍后', en: 'later' })
  post.mockRejectedValue(refusal)
  const scope = effectScope()
  const code = scope.run(() => usePhoneCode('recover'))!
  await code.send('13800000000')
  expect(code.problem.value).toBe(refusal)
  expect(code.wait.value).toBe(0)
  expect(code.sent.value).toBe(false)
  scope.stop()
})

it('numbers are read as people write them', () => {
  expect(tidyPhone('１３８-0000 ０００１')).toBe('13800000001')
  expect(isMobile('13800000001')).toBe(true)
  expect(isMobile('12800000001')).toBe(false)
})
