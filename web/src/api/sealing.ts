// What the API takes and answers around placing seals, sealing in batches and public links.

import type { Problem } from '../contract'

export type SealAt =
  | { kind: 'pages'; pages: string; x_mm: number; y_mm: number }
  | { kind: 'edge'; side: 'left' | 'right' | 'top' | 'bottom'; offset_mm: number; pages: string }
  | { kind: 'keyword'; text: string; dx_mm: number; dy_mm: number; pages: string; which: 'all' | 'first' | 'last' }

export interface SealItem {
  seal_id: string
  at: SealAt
}

/** A seal, or a strip of one, on a page as it is displayed; `clip` is what of the picture shows there, in shares of it. */
export interface PlacedSeal {
  seal_id: string
  page: number
  x_mm: number
  y_mm: number
  width_mm: number
  height_mm: number
  clip?: { x: number; y: number; w: number; h: number } | null
}

export interface Placements {
  places: PlacedSeal[]
  /** Hits of each keyword, by the number of its item. */
  found?: Record<string, number>
}

export interface PreparedBatch {
  id: string
  items: { document: string; sealing?: string | null; problem?: Problem | null }[]
  /** For the agent, as it stands. */
  request: unknown
}

export interface PublicLink {
  url: string
  code?: string
  /** SVG. */
  qr?: string | null
  expires_at?: string | null
}
