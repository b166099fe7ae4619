import { expect, test, vi } from 'vitest'
vi.mock('../platform', () => ({ agentPorts: () => [17590], applicationsPath: () => '/me/applications', bindingsPath: () => '/me/bindings' }))
import { ticketPath, wayOf } from './actions'
import { CASES, CASE_OF } from '../contract/doctor'
import { chainOf, inOrder, mended, notYet, questions, rowOfCase, worst, type Row } from './diagnosis'

const good = (link: Row['link']): Row => ({ ...rowOfCase('key_not_found'), link, outcome: 'good', case: null, code: link })

test('the chain marks the first link that failed, and says of the others whether anybody looked', () => {
  const chain = chainOf([good('browser'), rowOfCase('platform_unreachable'), rowOfCase('key_not_found')])
  expect(chain.broken).toBe('token')
  expect(chain.links.map((link) => link.outcome)).toEqual(['good', null, null, 'failed', null, null, 'failed'])
  expect(chainOf([good('browser')]).broken).toBeNull()
  expect(worst([])).toBeNull()
})

test('what failed stands first, then the order of the chain', () => {
  const rows = inOrder([good('browser'), good('agent'), rowOfCase('key_not_found'), rowOfCase('agent_not_running')])
  expect(rows.map((row) => row.code)).toEqual(['agent_not_running', 'key_not_found', 'browser', 'agent'])
})

test('a case counts as mended when it was shown and the next look at everything does not find it', () => {
  const [gone, left] = [rowOfCase('key_not_found'), rowOfCase('clock_skew')]
  expect(mended([gone, left, good('browser')], [left, good('token')])).toEqual(['key_not_found'])
  expect(mended([], [left])).toEqual([])
})

test('every button of every case leads somewhere: to a page, to the client, or to another look', () => {
  for (const found of Object.values(CASES)) {
    for (const action of found.actions) expect(wayOf(action, found.name, null, true), `${found.name} ${action}`).not.toBeNull()
  }
  expect(wayOf('restart_worker', 'driver_hangs', null, false)).toBeNull()
  expect(ticketPath('key_not_found', 'no_token')).toBe('/tickets/new?case=key_not_found&code=no_token')
})

test('every error leads to a case that exists, and what is not here yet is listed and never asked', () => {
  for (const name of Object.values(CASE_OF)) if (name) expect(CASES[name], name).toBeDefined()
  expect(notYet().map((found) => found.number)).toEqual([25, 26, 42])
  expect(questions().every((found) => found.question)).toBe(true)
})
