// Where the seal stands: millimetres from the top left of the page as it is displayed, which is what the API
// takes, and pixels of the page's picture on the screen.
// The server turns pages (/Rotate, ISO 32000-2 table 31) before it says their sizes, so nothing is turned here.

/** A page as it is displayed, in points of 1/72 inch. */
export interface PageSize {
  width_pt: number
  height_pt: number
}

export interface Place {
  x_mm: number
  y_mm: number
}

export interface Size {
  width_mm: number
  height_mm: number
}

const millimetresPerPoint = 25.4 / 72

export function displayedSize(page: PageSize): Size {
  return { width_mm: page.width_pt * millimetresPerPoint, height_mm: page.height_pt * millimetresPerPoint }
}

/** Pixels of a picture that is `widthPx` wide for each millimetre of its page. */
export function pixelsPerMillimetre(page: PageSize, widthPx: number): number {
  return widthPx / displayedSize(page).width_mm
}

/** To a tenth of a millimetre: finer than a printer, and the fields show no noise. */
function rounded(mm: number): number {
  return Math.round(mm * 10) / 10
}

/** The nearest place at which the whole seal lies on the page. A seal larger than the page lies at its corner. */
export function clamp(place: Place, seal: Size, page: PageSize): Place {
  const size = displayedSize(page)
  // Rounding down at the far edge: half a tenth outside would be refused.
  const limit = (room: number) => Math.max(0, Math.floor(room * 10) / 10)
  return {
    x_mm: Math.min(Math.max(0, rounded(place.x_mm)), limit(size.width_mm - seal.width_mm)),
    y_mm: Math.min(Math.max(0, rounded(place.y_mm)), limit(size.height_mm - seal.height_mm)),
  }
}

/** Where people expect a seal first: lower right, a hand's breadth from the edges. */
export function usualPlace(seal: Size, page: PageSize): Place {
  const size = displayedSize(page)
  return clamp({ x_mm: size.width_mm - seal.width_mm - 28, y_mm: size.height_mm - seal.height_mm - 42 }, seal, page)
}

/** The place after a drag by so many pixels. */
export function dragged(start: Place, dxPx: number, dyPx: number, perMm: number, seal: Size, page: PageSize): Place {
  return clamp({ x_mm: start.x_mm + dxPx / perMm, y_mm: start.y_mm + dyPx / perMm }, seal, page)
}

/** The step of an arrow key in millimetres; `null` for any other key. Shift makes it fine. */
export function arrowStep(key: string, fine: boolean): { dx: number; dy: number } | null {
  const step = fine ? 0.1 : 1
  switch (key) {
    case 'ArrowLeft': return { dx: -step, dy: 0 }
    case 'ArrowRight': return { dx: step, dy: 0 }
    case 'ArrowUp': return { dx: 0, dy: -step }
    case 'ArrowDown': return { dx: 0, dy: step }
    default: return null
  }
}

/** A rectangle on the page, in millimetres. */
export type Rect = Place & Size

/** A line that a seal has snapped to, in millimetres from the left (`x`) or from the top (`y`). */
export interface Guides {
  x: number | null
  y: number | null
}

/**
 * A place pulled to what lies near: the edges and the middle of the page, the edges and middles of other seals.
 * Each direction on its own, to the nearest line within `reach` millimetres.
 */
export function snapped(place: Place, seal: Size, page: PageSize, others: readonly Rect[], reach: number): { place: Place; guides: Guides } {
  const size = displayedSize(page)
  const x = pulled(place.x_mm, seal.width_mm, [0, size.width_mm / 2, size.width_mm], others.map((o) => [o.x_mm, o.width_mm] as const), reach)
  const y = pulled(place.y_mm, seal.height_mm, [0, size.height_mm / 2, size.height_mm], others.map((o) => [o.y_mm, o.height_mm] as const), reach)
  return { place: clamp({ x_mm: x.at, y_mm: y.at }, seal, page), guides: { x: x.line, y: y.line } }
}

/** One direction: beginning, middle and end of the seal against the lines of the page and of other seals. */
function pulled(at: number, length: number, [low, middle, high]: [number, number, number], others: readonly (readonly [number, number])[], reach: number): { at: number; line: number | null } {
  const wishes: { at: number; line: number }[] = [
    { at: low, line: low },
    { at: middle - length / 2, line: middle },
    { at: high - length, line: high },
  ]
  for (const [start, other] of others) {
    wishes.push(
      { at: start, line: start },
      { at: start + other / 2 - length / 2, line: start + other / 2 },
      { at: start + other - length, line: start + other },
      // Beside it, touching.
      { at: start + other, line: start + other },
      { at: start - length, line: start },
    )
  }
  let best: { at: number; line: number } | null = null
  for (const wish of wishes) {
    const distance = Math.abs(wish.at - at)
    if (distance <= reach && (!best || distance < Math.abs(best.at - at))) best = wish
  }
  return best ?? { at, line: null }
}
