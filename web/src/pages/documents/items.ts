// What is to be sealed, before it is: seals with their places in four ways. All of them become one signature.
// Pure; the server says in the end where a seal lies (`POST …/placements`), this draws it until the answer is there.

import type { PlacedSeal, SealAt, SealItem } from '../../api/sealing'
import type { DocumentPage, Seal } from '../../api/types'
import { pagesOf, rangeText } from '../../lib/pageRange'
import { clamp, displayedSize, usualPlace, type Place } from '../../lib/placement'

export type Mode = 'single' | 'many' | 'edge' | 'keyword'
export type Side = 'left' | 'right' | 'top' | 'bottom'

/** One seal of the draft. It keeps what was typed for each way, so that a look at another way loses nothing. */
export interface Item {
  readonly key: number
  readonly seal: string
  readonly mode: Mode
  /** 单页: the page. */
  readonly page: number
  /** 多页 and 骑缝: `all`, `odd`, `even` or a list. */
  readonly range: string
  readonly x_mm: number
  readonly y_mm: number
  readonly side: Side
  readonly offset_mm: number
  readonly text: string
  readonly dx_mm: number
  readonly dy_mm: number
  readonly which: 'all' | 'first' | 'last'
  /** Somebody put it there; until then a lone seal goes along with the page that is looked at. */
  readonly moved: boolean
}

/** Most seals in one signature, as the API takes them. */
export const mostItems = 20

/** A new seal at its usual place on a page; beside those that lie there already. */
export function newItem(key: number, seal: Seal, page: DocumentPage, others: readonly Item[]): Item {
  const usual = usualPlace(seal, page)
  const there = others.filter((item) => item.mode === 'single' && item.page === page.number)
  const place = clamp({ x_mm: usual.x_mm - there.length * (seal.width_mm + 6), y_mm: usual.y_mm }, seal, page)
  const middle = Math.round((displayedSize(page).height_mm - seal.height_mm) / 2)
  return {
    key, seal: seal.id, mode: 'single', page: page.number, range: 'all', ...place, side: 'right', offset_mm: Math.max(0, middle),
    text: '', dx_mm: 0, dy_mm: 0, which: 'all', moved: false,
  }
}

/** As the API takes it; `null` while something is missing or can't be. */
export function requestOf(item: Item, count: number): SealItem | null {
  const at = placeOf(item, count)
  return at && { seal_id: item.seal, at }
}

function placeOf(item: Item, count: number): SealAt | null {
  switch (item.mode) {
    case 'single':
      return item.page <= count ? { kind: 'pages', pages: String(item.page), x_mm: item.x_mm, y_mm: item.y_mm } : null
    case 'many': {
      const range = pagesOf(item.range, count)
      return range.ok ? { kind: 'pages', pages: range.text, x_mm: item.x_mm, y_mm: item.y_mm } : null
    }
    case 'edge': {
      const range = pagesOf(item.range, count)
      return range.ok && range.pages.length > 1 ? { kind: 'edge', side: item.side, offset_mm: item.offset_mm, pages: range.text } : null
    }
    case 'keyword': {
      const text = item.text.trim()
      return text ? { kind: 'keyword', text, dx_mm: item.dx_mm, dy_mm: item.dy_mm, pages: 'all', which: item.which } : null
    }
  }
}

/** What the server said for a request. */
export interface Previewed {
  request: SealItem
  places: readonly PlacedSeal[]
}

/** The body of a sealing. One seal on one page has a short form, which every server of this API has taken from the first on. */
export function bodyOf(items: readonly SealItem[], certify: boolean): object {
  const [only] = items
  if (items.length === 1 && !certify && only!.at.kind === 'pages' && /^\d+$/.test(only!.at.pages)) {
    return { seal_id: only!.seal_id, page: Number(only!.at.pages), x_mm: only!.at.x_mm, y_mm: only!.at.y_mm }
  }
  return { items, ...(certify ? { certify } : {}) }
}

/** Where an item shows: as the server said where that still holds, else as it will say. */
export function placesOf(item: Item, seal: Seal, pages: readonly DocumentPage[], last: Previewed | undefined): readonly PlacedSeal[] {
  const request = requestOf(item, pages.length)
  if (!request) return []
  if (last && JSON.stringify(last.request) === JSON.stringify(request)) return last.places
  const at = request.at
  switch (at.kind) {
    case 'pages':
      return chosen(at.pages, pages).map((page) => ({ seal_id: seal.id, page: page.number, x_mm: at.x_mm, y_mm: at.y_mm, width_mm: seal.width_mm, height_mm: seal.height_mm }))
    case 'edge':
      return strips(at.side, at.offset_mm, seal, chosen(at.pages, pages))
    case 'keyword': {
      // The same words moved: the hits go along until the server has looked again.
      const before = last?.request.at
      if (!last || before?.kind !== 'keyword' || before.text !== at.text || before.which !== at.which || last.request.seal_id !== seal.id) return []
      return last.places.map((place) => ({ ...place, x_mm: place.x_mm + at.dx_mm - before.dx_mm, y_mm: place.y_mm + at.dy_mm - before.dy_mm }))
    }
  }
}

function chosen(range: string, pages: readonly DocumentPage[]): DocumentPage[] {
  const answer = pagesOf(range, pages.length)
  return answer.ok ? answer.pages.map((number) => pages[number - 1]!) : []
}

/** Most pages that share one picture at an edge, as the server has it; with more, further pictures are begun, as even as can be. */
const pagesASeal = 20

/** A strip a page, as sheets that are fanned out: towards the outside of the edge the strips come later. */
export function strips(side: Side, offset_mm: number, seal: Seal, pages: readonly DocumentPage[]): PlacedSeal[] {
  const groups = Math.ceil(pages.length / pagesASeal)
  const [even, more] = [Math.floor(pages.length / groups), pages.length % groups]
  let from = 0
  return Array.from({ length: groups }, (_, group) => {
    const own = pages.slice(from, (from += even + (group < more ? 1 : 0)))
    return own.map((page, index) => strip(side, offset_mm, seal, page, index, own.length))
  }).flat()
}

function strip(side: Side, offset_mm: number, seal: Seal, page: DocumentPage, index: number, of: number): PlacedSeal {
  const size = displayedSize(page)
  const upright = side === 'left' || side === 'right'
  const outwards = side === 'right' || side === 'bottom'
  const share = 1 / of
  const number = outwards ? index : of - 1 - index
  const across = (upright ? seal.width_mm : seal.height_mm) * share
  const at = outwards ? (upright ? size.width_mm : size.height_mm) - across : 0
  const room = (upright ? size.height_mm : size.width_mm) - (upright ? seal.height_mm : seal.width_mm)
  const along = Math.min(Math.max(0, offset_mm), Math.max(0, room))
  return upright
    ? { seal_id: seal.id, page: page.number, x_mm: at, y_mm: along, width_mm: across, height_mm: seal.height_mm, clip: { x: number * share, y: 0, w: share, h: 1 } }
    : { seal_id: seal.id, page: page.number, x_mm: along, y_mm: at, width_mm: seal.width_mm, height_mm: across, clip: { x: 0, y: number * share, w: 1, h: share } }
}

/** An item after one of its places was taken from `start` to `place` on a page. */
export function movedTo(item: Item, start: Place, place: Place, seal: Seal, page: DocumentPage): Item {
  const tenth = (mm: number) => Math.round(mm * 10) / 10
  switch (item.mode) {
    case 'single':
    case 'many':
      return { ...item, ...clamp(place, seal, page), moved: true }
    case 'edge': {
      const size = displayedSize(page)
      const upright = item.side === 'left' || item.side === 'right'
      const room = upright ? size.height_mm - seal.height_mm : size.width_mm - seal.width_mm
      const offset = Math.min(Math.max(0, upright ? place.y_mm : place.x_mm), Math.max(0, room))
      return { ...item, offset_mm: Math.floor(offset * 10) / 10, moved: true }
    }
    case 'keyword':
      return { ...item, dx_mm: tenth(item.dx_mm + place.x_mm - start.x_mm), dy_mm: tenth(item.dy_mm + place.y_mm - start.y_mm), moved: true }
  }
}

/** The pages that an item shows on, as a list of spans. */
export function pagesText(places: readonly PlacedSeal[]): string {
  return rangeText([...new Set(places.map((place) => place.page))].sort((a, b) => a - b))
}

/** What the big button says: the one way, or the number of seals. */
export function wayOf(items: readonly Item[]): Mode | 'several' {
  return items.length === 1 ? items[0]!.mode : 'several'
}
