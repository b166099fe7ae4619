import { describe, expect, test } from 'vitest'
import { pagesOf, rangeText } from './pageRange'

const pages = (wanted: string, count: number) => {
  const answer = pagesOf(wanted, count)
  return answer.ok ? answer.pages : answer.why
}

describe('which pages', () => {
  test('all, odd and even ones are counted from 1', () => {
    expect(pages('all', 3)).toEqual([1, 2, 3])
    expect(pages('odd', 5)).toEqual([1, 3, 5])
    expect(pages('even', 5)).toEqual([2, 4])
  })

  test('a document of one page has no even page', () => {
    expect(pages('even', 1)).toBe('empty')
  })

  test('a list is sorted, each page once, however it is typed', () => {
    expect(pages('8,1-3,2', 10)).toEqual([1, 2, 3, 8])
    expect(pages(' 1－3， 8 、10', 10)).toEqual([1, 2, 3, 8, 10])
    expect(pages('2至4', 10)).toEqual([2, 3, 4])
  })

  test('what the API gets is the shortest way to say it', () => {
    expect(pagesOf('3,1,2,8', 9)).toMatchObject({ ok: true, text: '1-3,8' })
    expect(rangeText([1, 2, 4, 6, 7, 8])).toBe('1-2,4,6-8')
  })

  test('a page that is not there is named, as is what can’t be read', () => {
    expect(pagesOf('1-12', 10)).toEqual({ ok: false, why: 'no_such_page', at: '12' })
    expect(pagesOf('0', 10)).toEqual({ ok: false, why: 'no_such_page', at: '0' })
    expect(pagesOf('1,x', 10)).toEqual({ ok: false, why: 'unreadable', at: 'x' })
    expect(pagesOf('5-2', 10)).toEqual({ ok: false, why: 'backwards', at: '5-2' })
    expect(pagesOf(' , ', 10)).toMatchObject({ ok: false, why: 'empty' })
  })
})
