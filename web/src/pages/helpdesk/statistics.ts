// Counts of the API as bars: for each thing how much of what, the largest first.

import type { CountLine } from '../../api/tickets'

export interface Bar<P extends string> { of: string; parts: Record<P, number>; total: number }

/** Adds up lines by what they are of; words that belong to no part are counted as `rest`. */
export function bars<P extends string>(lines: readonly CountLine[], parts: Record<string, P>, rest: P): Bar<P>[] {
  const found = new Map<string, Bar<P>>()
  for (const line of lines) {
    const bar = found.get(line.of) ?? { of: line.of, parts: {} as Record<P, number>, total: 0 }
    const part = parts[line.what] ?? rest
    bar.parts[part] = (bar.parts[part] ?? 0) + line.count
    bar.total += line.count
    found.set(line.of, bar)
  }
  return [...found.values()].sort((a, b) => b.total - a.total || a.of.localeCompare(b.of))
}

/** Of those shown, how many were mended: a share of what was shown, never more than all. */
export function mendedShare(lines: readonly CountLine[]): { shown: number; mended: number; share: number | null } {
  const sum = (what: string) => lines.filter((line) => line.what === what).reduce((total, line) => total + line.count, 0)
  const shown = sum('shown')
  const mended = sum('mended')
  return { shown, mended, share: shown ? Math.min(1, mended / shown) : null }
}
