import { expect, it } from 'vitest'
import type { OpenBusiness } from '../../api/applications'
import { effectLines, interrupts } from './effects'

const words = { drafts: (n: number) => `drafts ${n}`, sealed: (n: number) => `sealed ${n}`, applications: (n: number) => `applications ${n}`, deadlines: (n: number, name: string, at: string) => `deadlines ${n} ${name} ${at}`, alone: 'alone' }
const none: OpenBusiness = { drafts: 0, sealed: 0, applications: 0, deadlines: 0, next_deadline: null, other_keys: 1 }
const lines = (open: Partial<OpenBusiness>, kind: 'renewal' | 'revocation' = 'revocation') => effectLines({ ...none, ...open }, kind, words, (at) => at)

it('says nothing of what is not there', () => expect(lines({})).toEqual([]))

it('has a line for each count, and names the next deadline', () => {
  const open = { drafts: 1, sealed: 2, applications: 3, deadlines: 4, next_deadline: { name: 'a bid', at: 'soon' } }
  expect(lines(open)).toEqual(['drafts 1', 'sealed 2', 'applications 3', 'deadlines 4 a bid soon'])
})

it('warns of the only key, except where it goes on at once', () => {
  expect(lines({ other_keys: 0 })).toEqual(['alone'])
  expect(lines({ other_keys: 0 }, 'renewal')).toEqual([])
})

it('knows which kinds leave the key as it is', () => {
  for (const kind of ['new', 'additional', 'unlock', 'resumption'] as const) expect(interrupts(kind)).toBe(false)
})
