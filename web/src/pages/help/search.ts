// The help's search, in the browser: every word asked for must stand in the text; what has it in its title comes first.

export interface Found { title: string; text: string; to: string }

export function search<T extends Found>(all: readonly T[], asked: string): T[] {
  const words = asked.toLowerCase().split(/\s+/).filter(Boolean)
  if (!words.length) return [...all]
  const rank = (one: T) => (words.every((word) => one.title.toLowerCase().includes(word)) ? 0 : 1)
  return all.filter((one) => words.every((word) => `${one.title} ${one.text}`.toLowerCase().includes(word))).sort((a, b) => rank(a) - rank(b))
}
