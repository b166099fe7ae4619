// What an operator can do with an application now. The server says it in `next`; conflicts (four eyes) are said with
// their reason, so that nobody wonders why a button is missing.

import type { Duty, OfficeApplication } from '../../api/applications'

export type Deed = 'edit' | 'submit' | 'pay' | 'voucher' | 'review' | 'second_review' | 'originals' | 'produce' | 'pack' | 'ship' | 'receipt' | 'unlock_code' | 'confirm_payment' | 'refund' | 'invoice' | 'withdraw'

export function may(application: OfficeApplication, deed: Deed): boolean {
  return application.next.includes(deed)
}

/** An auditor sees everything and changes nothing. */
export function onlyReads(duties: readonly Duty[]): boolean {
  return duties.length > 0 && duties.every((duty) => duty === 'audit')
}

/** The address of the list that a queue stands for, kept in the page's own address so that it can be shared. */
export function listQuery(query: Record<string, string | number | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined && value !== '' && value !== 1).map(([name, value]) => [name, String(value)]))
}

/** `2026-12-31` → `2027-01-01`. */
export function dayAfter(day: string): string {
  const at = new Date(`${day}T00:00:00Z`)
  return Number.isNaN(at.getTime()) ? day : new Date(at.getTime() + 86_400_000).toISOString().slice(0, 10)
}
