// Times, sizes and digests as people read them, in the page's language and the reader's own time zone.

import type { Locale } from '../i18n'

const tags: Record<Locale, string> = { zh: 'zh-CN', en: 'en-GB' }

function parse(rfc3339: string | null | undefined): Date | null {
  if (!rfc3339) return null
  const date = new Date(rfc3339)
  return Number.isNaN(date.getTime()) ? null : date
}

function parts(date: Date, timeZone?: string): Record<string, string> {
  const format = new Intl.DateTimeFormat('en-GB', {
    year: 'numeric', month: '2-digit', day: '2-digit',
    hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZone,
  })
  return Object.fromEntries(format.formatToParts(date).map((p) => [p.type, p.value]))
}

/** `2026-11-22 18:30:05`, as the manuals' tables show it; `—` where there is none. */
export function dateTime(rfc3339: string | null | undefined, timeZone?: string): string {
  const date = parse(rfc3339)
  if (!date) return '—'
  const p = parts(date, timeZone)
  return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}:${p.second}`
}

/** `2026-11-22`; `—` where there is none. */
export function day(rfc3339: string | null | undefined, timeZone?: string): string {
  return dateTime(rfc3339, timeZone).slice(0, 10)
}

/** `UTC+8` for the reader's zone at that moment: a time without its zone proves little. */
export function zoneName(rfc3339: string): string {
  const minutes = -(parse(rfc3339) ?? new Date(0)).getTimezoneOffset()
  if (minutes === 0) return 'UTC'
  const hours = Math.floor(Math.abs(minutes) / 60)
  const rest = Math.abs(minutes) % 60
  return `UTC${minutes < 0 ? '−' : '+'}${hours}${rest ? `:${String(rest).padStart(2, '0')}` : ''}`
}

/** Whole days from `now` until a time; negative once it has passed. */
export function daysUntil(rfc3339: string, now: Date): number {
  const date = parse(rfc3339)
  return date ? Math.floor((date.getTime() - now.getTime()) / 86_400_000) : Number.NaN
}

/** Bytes as `820 B`, `12.4 kB`, `5.0 MB`; decimal units, as file managers show them. */
export function bytes(count: number, locale: Locale = 'zh'): string {
  const units = ['B', 'kB', 'MB', 'GB']
  let value = count
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1
  const text = value.toLocaleString(tags[locale], { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return `${text} ${units[unit]}`
}

/** A hex digest in groups of eight, for reading aloud and comparing. */
export function grouped(hex: string): string {
  return hex.replace(/(.{8})(?=.)/g, '$1 ')
}
