// Departments as a tree of at most five levels: flat from the server, indented on the page.

import type { Department } from '../../api/people'

export const DEEPEST = 5

export interface Branch { department: Department; depth: number }

/** Parents before their children, each with its depth from 1; what hangs on a missing parent stands at the top. */
export function branches(departments: readonly Department[]): Branch[] {
  const known = new Set(departments.map((d) => d.id))
  const under = new Map<string | null, Department[]>()
  for (const department of departments) {
    const parent = department.parent !== null && known.has(department.parent) ? department.parent : null
    under.set(parent, [...(under.get(parent) ?? []), department])
  }
  const all: Branch[] = []
  const walk = (parent: string | null, depth: number) => {
    for (const department of under.get(parent) ?? []) {
      all.push({ department, depth })
      // A loop can't come from the server; the limit keeps it from hanging the page if it did.
      if (depth < departments.length) walk(department.id, depth + 1)
    }
  }
  walk(null, 1)
  return all
}

/** Where a department may be moved to: not below itself, and not so deep that its own children pass the limit. */
export function possibleParents(departments: readonly Department[], moved: string | null): Branch[] {
  const all = branches(departments)
  if (moved === null) return all.filter((b) => b.depth < DEEPEST)
  const at = all.findIndex((b) => b.department.id === moved)
  const own = all[at]
  if (!own) return all
  let end = at + 1
  let deepest = own.depth
  for (let next = all[end]; next && next.depth > own.depth; next = all[++end]) deepest = Math.max(deepest, next.depth)
  const height = deepest - own.depth + 1
  return all.filter((b, i) => (i < at || i >= end) && b.depth + height <= DEEPEST)
}
