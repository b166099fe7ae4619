// Which pages, as people write it: all, odd, even, or a list such as 1-3,8. Chinese commas and dashes are taken as they are typed.

/** 全部, 奇数, 偶数, or 范围 as it was typed. */
export type PageWord = 'all' | 'odd' | 'even'

export type RangeAnswer = { ok: true; pages: number[]; text: string } | { ok: false; why: 'empty' | 'unreadable' | 'no_such_page' | 'backwards'; at: string }

/** The pages of a document with `count` pages that `wanted` names, ascending, each once; `text` is what the API takes. */
export function pagesOf(wanted: string, count: number): RangeAnswer {
  const every = (from: number, step: number) => Array.from({ length: Math.max(0, Math.ceil((count - from + 1) / step)) }, (_, at) => from + at * step)
  if (wanted === 'all') return { ok: true, pages: every(1, 1), text: wanted }
  if (wanted === 'odd') return { ok: true, pages: every(1, 2), text: wanted }
  if (wanted === 'even') {
    const pages = every(2, 2)
    return pages.length ? { ok: true, pages, text: wanted } : { ok: false, why: 'empty', at: '' }
  }
  const parts = wanted
    .replace(/[，、；;\s]+/g, ',')
    .replace(/[－–—~～至]/g, '-')
    .split(',')
    .filter(Boolean)
  if (!parts.length) return { ok: false, why: 'empty', at: '' }
  const found = new Set<number>()
  for (const part of parts) {
    const match = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part)
    if (!match) return { ok: false, why: 'unreadable', at: part }
    const [from, to] = [Number(match[1]), Number(match[2] ?? match[1])]
    if (from > to) return { ok: false, why: 'backwards', at: part }
    if (from < 1 || to > count) return { ok: false, why: 'no_such_page', at: String(from < 1 || from > count ? from : to) }
    for (let page = from; page <= to; page++) found.add(page)
  }
  const pages = [...found].sort((a, b) => a - b)
  return { ok: true, pages, text: rangeText(pages) }
}

/** Pages as a list of spans: 1-3,8. */
export function rangeText(pages: readonly number[]): string {
  const spans: string[] = []
  for (let at = 0; at < pages.length; ) {
    let end = at
    while (end + 1 < pages.length && pages[end + 1] === pages[end]! + 1) end++
    spans.push(end > at ? `${pages[at]}-${pages[end]}` : `${pages[at]}`)
    at = end + 1
  }
  return spans.join(',')
}
