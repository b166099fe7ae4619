import { expect, test } from 'vitest'
import vectors from '../../../crates/agent/tests/data/pin_rules.json' with { type: 'json' }
import { check, type Rule } from './pinRule'

interface Vector { min: number; max: number; alphabet: Rule['alphabet']; new: string; old: string; broken: string[] }

test('the page judges a new PIN as the agent does', () => {
  expect(vectors.length).toBeGreaterThan(12)
  for (const vector of vectors as Vector[]) expect(check(vector, vector.new, vector.old), vector.new).toEqual(vector.broken)
})

test('without an old PIN none is the same', () => {
  expect(check({ min: 6, max: 16, alphabet: 'printable' }, '20261123', null)).toEqual([])
})
