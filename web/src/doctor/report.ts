// What the doctor hands over to a ticket (联系客服): the redacted report, for as long as this tab lives. It stays in
// the tab's session memory until the user has read it on the ticket's page and sends it; nothing leaves by itself.

/** What a ticket may carry. Every part is redacted already; the server scrubs it once more. */
export interface KeptReport {
  /** The report as lines, at most 64 KiB: what the user reads before it goes. */
  text: string
  /** The agent's version, empty where none answered. */
  agentVersion: string
  /** The case that was shown, by its name in `CASES`. */
  case: string | null
  /** The error code that was shown. */
  code: string | null
  /** The CA that it concerns, by its id. */
  provider: string | null
}

const place = 'yinxin.doctor.report'
/** `redact::MAX_REPORT` of the crate `doctor`, in bytes. */
const MOST_BYTES = 64 * 1024

/** Where session memory is forbidden the report lives as long as the page. */
let fallback: string | null = null

/** Keeps a report for the ticket that is about to be written, in place of an earlier one. */
export function keepReport(report: KeptReport): void {
  const kept = JSON.stringify({ ...report, text: withinLimit(report.text) })
  fallback = kept
  try {
    sessionStorage.setItem(place, kept)
  } catch {
    // See above.
  }
}

/** The report that was kept; `null` where there is none. */
export function keptReport(): KeptReport | null {
  let kept = fallback
  try {
    kept = sessionStorage.getItem(place) ?? fallback
  } catch {
    // See above.
  }
  try {
    const report = JSON.parse(kept ?? 'null') as KeptReport | null
    return report && typeof report.text === 'string' ? report : null
  } catch {
    return null
  }
}

/** Forgets it: the ticket was sent, or the user took the report off. */
export function forgetReport(): void {
  fallback = null
  try {
    sessionStorage.removeItem(place)
  } catch {
    // See above.
  }
}

/** Whole lines up to the limit of the server. */
function withinLimit(text: string): string {
  const encoder = new TextEncoder()
  if (encoder.encode(text).length <= MOST_BYTES) return text
  const lines: string[] = []
  let bytes = 0
  for (const line of text.split('\n')) {
    bytes += encoder.encode(line).length + 1
    if (bytes > MOST_BYTES) break
    lines.push(line)
  }
  return lines.join('\n')
}
