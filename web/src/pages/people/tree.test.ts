import { expect, it } from 'vitest'
import type { Department } from '../../api/people'
import { branches, possibleParents } from './tree'

const department = (id: string, parent: string | null = null): Department => ({ id, name: id, parent, people: 0 })
const chain = ['a', 'b', 'c', 'd', 'e'].map((id, at, all) => department(id, all[at - 1] ?? null))

it('parents stand before their children, whatever order the server has them in', () => {
  const tree = branches([department('b', 'a'), department('c', 'b'), department('a'), department('x')])
  expect(tree.map((b) => `${b.department.id}${b.depth}`)).toEqual(['a1', 'b2', 'c3', 'x1'])
})

it('a department under a parent that is gone stands at the top', () => {
  expect(branches([department('b', 'gone')]).map((b) => b.depth)).toEqual([1])
})

it('the fifth level takes no department below it', () => {
  expect(possibleParents(chain, null).map((b) => b.department.id)).toEqual(['a', 'b', 'c', 'd'])
})

it('a department moves neither below itself nor so that its children get too deep', () => {
  const all = [...chain, department('x'), department('y', 'x')]
  expect(possibleParents(all, 'b').map((b) => b.department.id)).toEqual(['a', 'x'])
  expect(possibleParents(all, 'x').map((b) => b.department.id)).toEqual(['a', 'b', 'c'])
})
