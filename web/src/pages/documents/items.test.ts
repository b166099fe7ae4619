import { describe, expect, test } from 'vitest'
import type { DocumentPage, Seal } from '../../api/types'
import { bodyOf, movedTo, newItem, pagesText, placesOf, requestOf, strips, wayOf, type Item } from './items'

const seal: Seal = { id: 'S', name: '公章', width_mm: 40, height_mm: 40 }
const pages: DocumentPage[] = [1, 2, 3, 4].map((number) => ({ number, width_pt: 595.276, height_pt: 841.89 }))
const side: DocumentPage = { number: 2, width_pt: 841.89, height_pt: 595.276 }
const item = (more: Partial<Item> = {}): Item => ({ ...newItem(1, seal, pages[0]!, []), ...more })

describe('what is asked of the server', () => {
  test('one page, many pages, an edge and a keyword each say what they are', () => {
    expect(requestOf(item({ page: 2, x_mm: 10, y_mm: 20 }), 4)).toEqual({ seal_id: 'S', at: { kind: 'pages', pages: '2', x_mm: 10, y_mm: 20 } })
    expect(requestOf(item({ mode: 'many', range: '3，1-2' }), 4)?.at).toMatchObject({ pages: '1-3' })
    expect(requestOf(item({ mode: 'edge', range: 'all' }), 4)?.at).toMatchObject({ kind: 'edge', side: 'right', pages: 'all' })
    expect(requestOf(item({ mode: 'keyword', text: ' 盖章处 ' }), 4)?.at).toMatchObject({ kind: 'keyword', text: '盖章处', which: 'all' })
  })

  test('nothing is asked while a range can’t be read, an edge has one page or no word is there', () => {
    expect(requestOf(item({ mode: 'many', range: '9' }), 4)).toBeNull()
    expect(requestOf(item({ mode: 'edge', range: '2' }), 4)).toBeNull()
    expect(requestOf(item({ mode: 'keyword', text: '  ' }), 4)).toBeNull()
  })
})

test('one seal on one page is sent in the short form; anything more as items', () => {
  const one = requestOf(item({ page: 2, x_mm: 10, y_mm: 20 }), 4)!
  expect(bodyOf([one], false)).toEqual({ seal_id: 'S', page: 2, x_mm: 10, y_mm: 20 })
  expect(bodyOf([one], true)).toEqual({ items: [one], certify: true })
  expect(bodyOf([one, one], false)).toEqual({ items: [one, one] })
  const many = requestOf(item({ mode: 'many', range: '1-2' }), 4)!
  expect(bodyOf([many], false)).toEqual({ items: [many] })
})

describe('where it shows until the server has said so', () => {
  test('the strips of an edge seal are as many as pages, lie at the edge and make up one picture', () => {
    const places = placesOf(item({ mode: 'edge', range: 'all', offset_mm: 100 }), seal, pages, undefined)
    expect(places.map((p) => p.page)).toEqual([1, 2, 3, 4])
    for (const [at, place] of places.entries()) {
      expect(place.x_mm + place.width_mm).toBeCloseTo(210, 1)
      expect(place.width_mm).toBeCloseTo(10)
      expect(place.clip).toEqual({ x: at / 4, y: 0, w: 0.25, h: 1 })
    }
  })

  test('at the left edge the first page has the right-most strip, and on a turned page it stays on the paper', () => {
    expect(strips('left', 0, seal, pages)[0]).toMatchObject({ x_mm: 0, clip: { x: 0.75 } })
    expect(strips('right', 500, seal, [pages[0]!, side])[1]!.y_mm).toBeCloseTo(170, 1)
    expect(strips('bottom', 12, seal, [pages[0]!, side])[1]).toMatchObject({ x_mm: 12, height_mm: 20, clip: { y: 0.5, h: 0.5 } })
  })

  test('more than twenty pages share further pictures, as evenly as can be', () => {
    const many = Array.from({ length: 41 }, (_, at): DocumentPage => ({ number: at + 1, width_pt: 595.276, height_pt: 841.89 }))
    const places = strips('right', 0, seal, many)
    expect(places.map((p) => p.page)).toEqual(many.map((p) => p.number))
    expect(places.filter((p) => p.clip!.x === 0).map((p) => p.page)).toEqual([1, 15, 29])
  })

  test('hits of a keyword go along with its offset, and are forgotten for another word', () => {
    const was = item({ mode: 'keyword', text: '盖章处' })
    const last = { request: requestOf(was, 4)!, places: [{ seal_id: 'S', page: 3, x_mm: 50, y_mm: 60, width_mm: 40, height_mm: 40 }] }
    expect(placesOf({ ...was, dx_mm: 5, dy_mm: -2 }, seal, pages, last)).toMatchObject([{ page: 3, x_mm: 55, y_mm: 58 }])
    expect(placesOf({ ...was, text: '日期' }, seal, pages, last)).toEqual([])
  })

  test('what the server said holds as long as nothing was changed', () => {
    const was = item()
    const last = { request: requestOf(was, 4)!, places: [{ seal_id: 'S', page: 1, x_mm: 1, y_mm: 1, width_mm: 40, height_mm: 40 }] }
    expect(placesOf(was, seal, pages, last)).toBe(last.places)
    expect(placesOf({ ...was, x_mm: 7 }, seal, pages, last)[0]!.x_mm).toBe(7)
  })
})

describe('moving', () => {
  test('an edge seal goes along its edge only, and not beyond it', () => {
    const edge = item({ mode: 'edge', offset_mm: 100 })
    expect(movedTo(edge, { x_mm: 200, y_mm: 100 }, { x_mm: 20, y_mm: 120 }, seal, pages[0]!)).toMatchObject({ offset_mm: 120, x_mm: edge.x_mm })
    expect(movedTo(edge, { x_mm: 200, y_mm: 100 }, { x_mm: 200, y_mm: 999 }, seal, pages[0]!).offset_mm).toBeLessThanOrEqual(257)
  })

  test('a keyword’s seal changes its distance from the word', () => {
    expect(movedTo(item({ mode: 'keyword', dx_mm: 3 }), { x_mm: 50, y_mm: 60 }, { x_mm: 54, y_mm: 55 }, seal, pages[0]!)).toMatchObject({ dx_mm: 7, dy_mm: -5 })
  })

  test('a second seal of a page does not lie on the first', () => {
    const first = item()
    expect(newItem(2, seal, pages[0]!, [first]).x_mm).toBeLessThanOrEqual(first.x_mm - 40)
  })
})

test('the button says the one way, or that there are several', () => {
  expect(wayOf([item({ mode: 'edge' })])).toBe('edge')
  expect(wayOf([item(), item({ key: 2 })])).toBe('several')
  expect(pagesText([3, 1, 2, 2].map((page) => ({ seal_id: 'S', page, x_mm: 0, y_mm: 0, width_mm: 1, height_mm: 1 })))).toBe('1-3')
})
