// 联系客服 over the API. Without a login a ticket is opened again by a secret, which this browser keeps: it is told once.

import type { Text } from '../contract'
import { api } from './client'
import { upload, type Upload } from './upload'

export type TicketState = 'open' | 'answered' | 'closed'
export type Resolution = 'self' | 'helped' | 'not'

export interface Ticket {
  id: string
  state: TicketState
  resolution: Resolution | null
  route: 'platform' | 'ca'
  provider: { id: string; name: Text | null } | null
  case: string | null
  code: string | null
  message: string
  contact: { phone: string; qq: string; wechat: string }
  report: string
  agent_version: string
  opened_at: string
  changed_at: string
  asked_by?: { organisation: string; person: string }
  replies?: { by: 'desk' | 'asker'; text: string; at: string }[]
  pictures?: { id: string; name: string; media_type: string; size: number }[]
}

/** Whom to call: the platform (without `provider`) and its CAs. */
export interface Contact {
  provider: string | null
  name: Text
  sold_here: boolean
  hotlines: { numbers: string[]; areas?: string[]; hours?: Text | null; note?: Text | null }[]
  hours: Text | null
  site: string | null
}

export interface CannedAnswer { id: string; case: string; text: string }
export interface CountLine { of: string; what: string; count: number }
export interface Statistics { since: string; cases: CountLine[]; providers: CountLine[]; tickets: CountLine[]; ticket_providers: CountLine[]; versions: CountLine[] }

/** Longest message, in characters; most pictures. */
export const longestWords = 2000
export const mostPictures = 6

const place = 'yinxin.tickets'
let kept: Record<string, string> = {}

function secrets(): Record<string, string> {
  try {
    kept = { ...kept, ...(JSON.parse(localStorage.getItem(place) ?? '{}') as Record<string, string>) }
  } catch {
    // Storage can be forbidden: the secrets then last as long as the page.
  }
  return kept
}

/** The tickets that this browser opened without a login, newest first. */
export function ticketsHere(): string[] {
  return Object.keys(secrets()).sort().reverse()
}

export function keepSecret(id: string, secret: string): void {
  kept = { ...secrets(), [id]: secret }
  try {
    localStorage.setItem(place, JSON.stringify(kept))
  } catch {
    // See above.
  }
}

export function secretHeader(id: string): Record<string, string> {
  const secret = secrets()[id]
  return secret ? { 'X-Yinxin-Ticket': secret } : {}
}

export const ticketApi = {
  show: (id: string) => api.call<Ticket>('GET', `/tickets/${id}`, { headers: secretHeader(id) }),
  reply: (id: string, text: string) => api.call('POST', `/tickets/${id}/replies`, { body: { text }, headers: secretHeader(id) }),
  close: (id: string, resolution: Resolution) => api.call('POST', `/tickets/${id}/closing`, { body: { resolution }, headers: secretHeader(id) }),
  attach: (id: string, file: File, onProgress: (share: number) => void): Upload<unknown> =>
    upload(`/tickets/${id}/pictures`, file, onProgress, { type: file.type || 'image/png', headers: secretHeader(id) }),
}
