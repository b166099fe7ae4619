// A verdict in three signs at once — colour, icon, words — so that no one of them has to be seen.

import type { CheckResult, Report, ReportedSignature, Verdict } from '../../contract'
import type { IconName } from '../../ui/icons'

export const verdictIcons: Record<Verdict, IconName> = {
  valid: 'verify',
  invalid: 'cross',
  indeterminate: 'question',
  unsigned: 'document',
}

export const resultIcons: Record<CheckResult, IconName> = {
  passed: 'check',
  failed: 'cross',
  indeterminate: 'question',
  not_applicable: 'minus',
}

/** The one line that a buyer reads first for a signature: the worst check, since that is what decided. */
export function decisive(signature: ReportedSignature): ReportedSignature['checks'][number] | null {
  return signature.checks.find((c) => c.result === 'failed') ?? signature.checks.find((c) => c.result === 'indeterminate') ?? null
}

/** The common name of an RFC 4514 name; the whole name where it has none. */
export function commonName(name: string): string {
  const match = /(?:^|,)\s*CN=((?:\\.|[^,\\])*)/i.exec(name)
  return match ? match[1]!.replace(/\\(.)/g, '$1') : name
}

/** Signatures by their verdict, for the line under the file's verdict. */
export function tally(report: Report): Record<Verdict, number> {
  const counts: Record<Verdict, number> = { valid: 0, invalid: 0, indeterminate: 0, unsigned: 0 }
  for (const signature of report.signatures) counts[signature.verdict]++
  return counts
}
