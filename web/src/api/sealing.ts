// What the API takes and answers around placing seals.

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
  /** How many each item has. */
  found?: number[]
}
