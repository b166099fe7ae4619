// Where the seal stands: millimetres from the top left of the page as it is displayed, which is what the API
// takes, and pixels of the page's picture on the screen.
//
// A PDF page has its size in points (1/72 inch) before its rotation; ISO 32000-2 §14.11.2, /Rotate.

export interface PageSize {
  width_pt: number
  height_pt: number
  /** Clockwise, a multiple of 90. */
  rotation: number
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

/** The page as people see it, after its rotation. */
export function displayedSize(page: PageSize): Size {
  const turned = (((page.rotation % 360) + 360) % 360) % 180 === 90
  const [width, height] = turned ? [page.height_pt, page.width_pt] : [page.width_pt, page.height_pt]
  return { width_mm: width * millimetresPerPoint, height_mm: height * millimetresPerPoint }
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
