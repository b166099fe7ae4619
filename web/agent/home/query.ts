// From the fields of the history's filter to the agent's query. Days are days of this computer's clock.

import type { Query } from './service'

export interface Fields { purpose: string; origin: string; text: string; from: string; to: string }

export const EMPTY: Fields = { purpose: '', origin: '', text: '', from: '', to: '' }

export function toQuery(fields: Fields): Query {
  const query: Query = {}
  if (fields.purpose) query.purpose = fields.purpose
  if (fields.origin) query.origin = fields.origin
  if (fields.text.trim()) query.text = fields.text.trim().slice(0, 100)
  const from = dayStart(fields.from, 0)
  // The last day is meant whole.
  const to = dayStart(fields.to, 1)
  if (from !== null) query.from = from
  if (to !== null) query.to = to
  return query
}

/** Seconds since 1970 of the beginning of a day (`2026-11-22`), some days later; `null` for no day. */
function dayStart(text: string, later: number): number | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  if (!parts) return null
  const at = new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]) + later)
  return Math.floor(at.getTime() / 1000)
}
