// A proof over a reload of the page: for its own account, until it expires, and for the tab alone.

import { expect, it } from 'vitest'
import type { BindingProof } from '../../api/types'
import { keepProof, keptProof } from './useBinding'

const proof: BindingProof = {
  id: '01J', key_number: '330400007180230SE', provider: { id: 'zjhx', name: null }, holder: '西子', organisation: '西子贸易集团', not_after: '2027-03-19T00:00:00Z', expires_at: '2026-11-27T00:10:00Z',
}
const before = new Date('2026-11-27T00:05:00Z')
const after = new Date('2026-11-27T00:10:00Z')

function place() {
  const kept = new Map<string, string>()
  return { getItem: (name: string) => kept.get(name) ?? null, setItem: (name: string, value: string) => void kept.set(name, value), removeItem: (name: string) => void kept.delete(name) }
}

it('what was proved is there after a reload', () => {
  const tab = place()
  keepProof(proof, 'me', tab)
  expect(keptProof('me', before, tab)).toEqual(proof)
})

it('an expired proof is not offered', () => {
  const tab = place()
  keepProof(proof, 'me', tab)
  expect(keptProof('me', after, tab)).toBeNull()
})

it('another account that logs in on the same tab does not see it', () => {
  const tab = place()
  keepProof(proof, 'me', tab)
  expect(keptProof('somebody', before, tab)).toBeNull()
})

it('a used proof is forgotten, and storage that holds something else is no harm', () => {
  const tab = place()
  keepProof(proof, 'me', tab)
  keepProof(null, 'me', tab)
  expect(keptProof('me', before, tab)).toBeNull()
  tab.setItem('yinxin.proof', '{')
  expect(keptProof('me', before, tab)).toBeNull()
  expect(keptProof('me', before, null)).toBeNull()
})
