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
  const step = fine ? 0.5 : 5
  switch (key) {
    case 'ArrowLeft': return { dx: -step, dy: 0 }
    case 'ArrowRight': return { dx: step, dy: 0 }
    case 'ArrowUp': return { dx: 0, dy: -step }
    case 'ArrowDown': return { dx: 0, dy: step }
    default: return null
  }
}
