// Which rows of a long list are in sight: a file of a thousand pages has a thousand thumbnails, of which ten are drawn.

/** Where each row begins, and where the last one ends. */
export function offsetsOf(lengths: readonly number[]): number[] {
  const offsets = [0]
  for (const length of lengths) offsets.push(offsets.at(-1)! + length)
  return offsets
}

/** The row that lies at a distance from the beginning; the nearest one where it lies outside. */
export function rowAt(offsets: readonly number[], distance: number): number {
  let [low, high] = [0, Math.max(0, offsets.length - 2)]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (offsets[middle]! <= distance) low = middle
    else high = middle - 1
  }
  return low
}

/** First and last row, the last excluded, that are drawn: those in sight, and `more` pixels on either side. */
export function windowOf(offsets: readonly number[], scrolled: number, length: number, more: number): { from: number; to: number } {
  if (offsets.length < 2) return { from: 0, to: 0 }
  return { from: rowAt(offsets, scrolled - more), to: rowAt(offsets, scrolled + length + more) + 1 }
}

/** How far to scroll so that a row is wholly in sight; as it is where it is already. */
export function scrollTo(offsets: readonly number[], row: number, scrolled: number, length: number): number {
  const [start, end] = [offsets[row] ?? 0, offsets[row + 1] ?? 0]
  if (start < scrolled) return start
  if (end > scrolled + length) return end - length
  return scrolled
}
