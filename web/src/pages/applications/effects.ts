// Which kinds take a key out of use or exchange its certificates, and what that disturbs, in lines.

import type { Kind, OpenBusiness } from '../../api/applications'

/** As the server has it. */
export function interrupts(kind: Kind): boolean {
  return kind === 'renewal' || kind === 'change' || kind === 'replacement' || kind === 'revocation' || kind === 'suspension'
}

interface Words {
  drafts: (n: number) => string
  sealed: (n: number) => string
  applications: (n: number) => string
  deadlines: (n: number, name: string, at: string) => string
  alone: string
}

/** A line for each count that is not nothing. */
export function effectLines(open: OpenBusiness, kind: Kind, words: Words, time: (at: string) => string): string[] {
  const next = open.next_deadline
  return [
    ...(open.drafts ? [words.drafts(open.drafts)] : []),
    ...(open.sealed ? [words.sealed(open.sealed)] : []),
    ...(open.applications ? [words.applications(open.applications)] : []),
    ...(open.deadlines && next ? [words.deadlines(open.deadlines, next.name, time(next.at))] : []),
    // A renewed key goes on at once; the others are missing for a while.
    ...(open.other_keys === 0 && kind !== 'renewal' ? [words.alone] : []),
  ]
}
