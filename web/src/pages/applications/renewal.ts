// Whether a key can be renewed online now: only within the provider's window before its expiry.

import type { Offer } from '../../api/applications'

const DAY = 86_400_000

export type RenewalWay = 'online' | 'early' | 'closed' | 'expired'

/** The way, and when the window opens. Of a key whose expiry is not known, the server decides: `online`. */
export function renewalOf(notAfter: string | null, window: NonNullable<Offer['renewal_window']> | null, now: Date): { way: RenewalWay; opens: string | null } {
  const end = notAfter ? Date.parse(notAfter) : Number.NaN
  if (Number.isNaN(end)) return { way: 'online', opens: null }
  if (end <= now.getTime()) return { way: 'expired', opens: null }
  if (!window) return { way: 'online', opens: null }
  const opens = end - window.opens_days * DAY
  if (now.getTime() < opens) return { way: 'early', opens: new Date(opens).toISOString() }
  return { way: now.getTime() > end - window.closes_days * DAY ? 'closed' : 'online', opens: new Date(opens).toISOString() }
}
