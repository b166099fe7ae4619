// Colours of a platform, made fit to read: WCAG 2.1 contrast (1.4.3: 4.5 to 1 for text).

type Rgb = readonly [number, number, number]

/** Parses `#rrggbb`; anything else is no colour. */
export function parseHex(hex: string): Rgb | null {
  const digits = /^#([0-9a-f]{6})$/i.exec(hex)?.[1]
  if (!digits) return null
  const value = Number.parseInt(digits, 16)
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255]
}

function toHex(rgb: Rgb): string {
  return '#' + rgb.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')
}

/** `share` of `other` (0–1), the rest of `colour`. */
export function mix(colour: string, other: string, share: number): string {
  const a = parseHex(colour)
  const b = parseHex(other)
  if (!a || !b) return colour
  return toHex([0, 1, 2].map((i) => a[i]! + (b[i]! - a[i]!) * share) as unknown as Rgb)
}

function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((part) => {
    const s = part / 255
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4
  }) as unknown as Rgb
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

/** The contrast ratio, 1–21. */
export function contrast(one: string, other: string): number {
  const a = parseHex(one)
  const b = parseHex(other)
  if (!a || !b) return 1
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

/** The colour, darkened just so far that it can be read on white, and white on it. */
export function legibleOnWhite(colour: string, ratio = 4.5): string {
  if (!parseHex(colour)) return '#1f4e8c'
  for (let share = 0; share < 1; share += 0.04) {
    const darker = mix(colour, '#000000', share)
    if (contrast(darker, '#ffffff') >= ratio) return darker
  }
  return '#000000'
}
