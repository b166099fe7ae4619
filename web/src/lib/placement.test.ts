import { describe, expect, test } from 'vitest'
import { arrowStep, clamp, displayedSize, dragged, pixelsPerMillimetre, snapped, usualPlace } from './placement'

const a4 = { width_pt: 595.276, height_pt: 841.89 }
const a4OnItsSide = { width_pt: 841.89, height_pt: 595.276 }
const round = { width_mm: 40, height_mm: 40 }

describe('the seal on a page', () => {
  test('an A4 page is 210 by 297 mm as it is displayed', () => {
    const size = displayedSize(a4)
    expect(size.width_mm).toBeCloseTo(210, 2)
    expect(size.height_mm).toBeCloseTo(297, 2)
  })

  test('pixels and millimetres fit the displayed width, so a page on its side has fewer pixels a millimetre', () => {
    expect(pixelsPerMillimetre(a4, 840)).toBeCloseTo(4, 3)
    expect(pixelsPerMillimetre(a4OnItsSide, 840)).toBeCloseTo(840 / 297, 3)
  })

  test('a drag moves it by the same distance on the paper, whatever the picture measures', () => {
    const start = { x_mm: 100, y_mm: 100 }
    expect(dragged(start, 40, -20, 4, round, a4)).toEqual({ x_mm: 110, y_mm: 95 })
    expect(dragged(start, 20, -10, 2, round, a4)).toEqual({ x_mm: 110, y_mm: 95 })
  })

  test('it never leaves the page: not by a drag, not by a number typed, not by the rounding of its last tenth', () => {
    const far = clamp({ x_mm: 5000, y_mm: 5000 }, round, a4)
    const size = displayedSize(a4)
    expect(far.x_mm + round.width_mm).toBeLessThanOrEqual(size.width_mm)
    expect(far.y_mm + round.height_mm).toBeLessThanOrEqual(size.height_mm)
    expect(far.x_mm).toBeGreaterThan(size.width_mm - round.width_mm - 0.11)
    expect(clamp({ x_mm: -3, y_mm: -0.01 }, round, a4)).toEqual({ x_mm: 0, y_mm: 0 })
  })

  test('on a page smaller than itself it lies at the corner', () => {
    expect(clamp({ x_mm: 9, y_mm: 9 }, round, { width_pt: 72, height_pt: 72 })).toEqual({ x_mm: 0, y_mm: 0 })
  })

  test('it begins at the lower right, on the page', () => {
    const place = usualPlace(round, a4)
    expect(place.x_mm).toBeGreaterThan(105)
    expect(place.y_mm).toBeGreaterThan(148)
    expect(clamp(place, round, a4)).toEqual(place)
  })

  test('arrow keys move it by a millimetre, by a tenth with Shift, and other keys do not', () => {
    expect(arrowStep('ArrowLeft', false)).toEqual({ dx: -1, dy: 0 })
    expect(arrowStep('ArrowDown', true)).toEqual({ dx: 0, dy: 0.1 })
    expect(arrowStep('Enter', false)).toBeNull()
  })
})

describe('snapping', () => {
  test('near the edge it lies on it, near the middle in it, elsewhere where it was put', () => {
    expect(snapped({ x_mm: 1.4, y_mm: 127.6 }, round, a4, [], 2)).toMatchObject({ place: { x_mm: 0, y_mm: 128.5 }, guides: { x: 0 } })
    const far = snapped({ x_mm: 168.9, y_mm: 50 }, round, a4, [], 2)
    expect(far.place).toEqual({ x_mm: 170, y_mm: 50 })
    expect(far.guides.y).toBeNull()
    expect(snapped({ x_mm: 60, y_mm: 60 }, round, a4, [], 2)).toEqual({ place: { x_mm: 60, y_mm: 60 }, guides: { x: null, y: null } })
  })

  test('it lines up with another seal and lies beside it', () => {
    const other = { x_mm: 100, y_mm: 200, width_mm: 40, height_mm: 40 }
    expect(snapped({ x_mm: 58.8, y_mm: 201.3 }, round, a4, [other], 2).place).toEqual({ x_mm: 60, y_mm: 200 })
    // A smaller one to its middle.
    expect(snapped({ x_mm: 20, y_mm: 209.5 }, { width_mm: 20, height_mm: 20 }, a4, [other], 2)).toMatchObject({ place: { y_mm: 210 }, guides: { y: 220 } })
  })

  test('of two lines the nearer one pulls', () => {
    const other = { x_mm: 2, y_mm: 100, width_mm: 40, height_mm: 40 }
    expect(snapped({ x_mm: 1.5, y_mm: 30 }, round, a4, [other], 2).place.x_mm).toBe(2)
    expect(snapped({ x_mm: 0.4, y_mm: 30 }, round, a4, [other], 2).place.x_mm).toBe(0)
  })

  test('nothing pulls it off the page', () => {
    const other = { x_mm: 0, y_mm: 0, width_mm: 40, height_mm: 40 }
    const { place } = snapped({ x_mm: 0, y_mm: 0 }, round, { width_pt: 100, height_pt: 100 }, [other], 60)
    expect(place).toEqual({ x_mm: 0, y_mm: 0 })
  })
})
