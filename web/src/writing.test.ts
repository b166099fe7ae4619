// The page's part of a production: which call comes when, and that it stops asking when the conversation is over.

import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ApiProblem } from './api/problem'

const calls: string[] = []
const answers: Record<string, unknown[]> = {}
vi.mock('./api/client', () => {
  const answer = (method: string) => async (path: string, body?: unknown) => {
    calls.push(`${method} ${path} ${JSON.stringify(body ?? null)}`)
    const list = answers[path] ?? []
    return list.length > 1 ? list.shift() : list[0]
  }
  return { api: { get: answer('GET'), post: answer('POST') } }
})
const agent = vi.hoisted(() => ({ run: (_request: () => Promise<unknown>, _onInterim: (interim: unknown) => Promise<unknown>): Promise<unknown> => Promise.resolve() }))
vi.mock('./agent', () => ({ agentAnswer: (request: () => Promise<unknown>, onInterim: (interim: unknown) => Promise<unknown>) => agent.run(request, onInterim) }))

const { productionPaths, renewalPaths, unlockKey, writeKey } = await import('./writing')

beforeEach(() => {
  vi.useFakeTimers()
  calls.length = 0
  for (const path of Object.keys(answers)) delete answers[path]
})
afterEach(() => vi.useRealTimers())

const INTERIM = { type: 'prepared' }
const FINAL = { type: 'written' }
/** An agent that prepares, hears, and writes. */
const writes = (heard: unknown[]) => async (request: () => Promise<unknown>, onInterim: (interim: unknown) => Promise<unknown>) => {
  heard.push(await request())
  heard.push(await onInterim(INTERIM))
  return FINAL
}

it('carries a production from the server to the agent and back, waiting for the CA in between', async () => {
  answers['/operator/applications/A/production'] = [{ production: { id: 'P' }, request: { purpose: 'produce' } }]
  answers['/operator/productions/P'] = [{ state: 'begun' }, { state: 'waiting' }, { state: 'issued', certificates: { signing: 'AQ==' } }]
  const heard: unknown[] = []
  agent.run = writes(heard)
  const stages: string[] = []
  const done = writeKey(productionPaths('A'), (stage) => stages.push(stage))
  await vi.advanceTimersByTimeAsync(2_500)
  await done
  expect(heard).toEqual([{ purpose: 'produce' }, { certificates: { signing: 'AQ==' } }])
  expect(stages).toEqual(['window', 'preparing', 'issuing', 'writing', 'telling'])
  expect(calls.at(-1)).toBe(`POST /operator/productions/P/written ${JSON.stringify({ final: FINAL })}`)
  expect(calls.filter((call) => call.startsWith('GET'))).toHaveLength(3)
})

it('says the CA’s own words where it refuses, and tells the server of nothing written', async () => {
  answers['/applications/A/renewal/challenge'] = [{ request: { purpose: 'renew' } }]
  answers['/applications/A/renewal/prepared'] = [{ production: { id: 'P' } }]
  answers['/applications/A/production'] = [{ state: 'refused', refusal: { code: 'key_reused', zh: '密钥已用过', en: 'the key was used before' } }]
  agent.run = writes([])
  const problem = await writeKey(renewalPaths('A'), () => undefined).catch((error: unknown) => error)
  expect(problem).toBeInstanceOf(ApiProblem)
  expect((problem as ApiProblem).detail.zh).toContain('密钥已用过')
  expect(calls.some((call) => call.includes('/written'))).toBe(false)
})

it('asks no more once the window was closed', async () => {
  answers['/operator/applications/A/production'] = [{ production: { id: 'P' }, request: {} }]
  answers['/operator/productions/P'] = [{ state: 'waiting' }]
  agent.run = async (request, onInterim) => {
    await request()
    onInterim(INTERIM).catch(() => undefined)
    await vi.advanceTimersByTimeAsync(1_500)
    throw new Error('closed')
  }
  await expect(writeKey(productionPaths('A'), () => undefined)).rejects.toThrow('closed')
  await vi.advanceTimersByTimeAsync(1_000)
  const asked = calls.length
  await vi.advanceTimersByTimeAsync(60_000)
  expect(calls.length).toBe(asked)
})

it('opens an unlocking with the code that was told, and brings the agent what the CA released', async () => {
  answers['/applications/A/unlock/challenge'] = [{ request: { purpose: 'unlock' } }]
  answers['/applications/A/unlock'] = [{ state: 'issued', authority: { order: 'O', sealed: 'AQ==' } }]
  const heard: unknown[] = []
  agent.run = writes(heard)
  await unlockKey('A', '12345678', () => undefined)
  expect(calls[0]).toBe('POST /applications/A/unlock/challenge {"code":"12345678"}')
  expect(heard).toEqual([{ purpose: 'unlock' }, { authority: { order: 'O', sealed: 'AQ==' } }])
})
