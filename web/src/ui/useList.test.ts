// Lists: what is asked, that a late answer doesn't overwrite a newer one, and that an emptied last page is left.

import { expect, it, vi } from 'vitest'
import { reactive } from 'vue'

const asked: Record<string, unknown>[] = []
let answers: (Promise<unknown> | unknown)[] = []
vi.mock('../api/client', () => ({
  api: {
    get: (_path: string, query: Record<string, unknown>) => {
      asked.push(query)
      return Promise.resolve(answers.shift())
    },
  },
}))
const { useList } = await import('./useList')
const settled = () => new Promise((resolve) => setTimeout(resolve))

it('a search begins at the first page, and reset takes the filters away', async () => {
  answers = [{ items: [1], total: 30 }, { items: [2], total: 30 }, { items: [3], total: 1 }, { items: [4], total: 30 }]
  asked.length = 0
  const typed = reactive({ text: '' })
  const list = useList<number>('/things', typed)
  await settled()
  list.turn({ page: 2 })
  await settled()
  typed.text = ' 西子 '
  expect(asked.at(-1)).toEqual({ text: '', page: 2, per_page: 10 })
  list.search()
  await settled()
  expect(asked.at(-1)).toEqual({ text: '西子', page: 1, per_page: 10 })
  expect(list.narrowed.value).toBe(true)
  list.reset()
  await settled()
  expect(asked.at(-1)).toEqual({ text: '', page: 1, per_page: 10 })
  expect(list.narrowed.value).toBe(false)
  expect(list.answer.value?.items).toEqual([4])
})

it('a late answer to an earlier search is dropped', async () => {
  let late: (value: unknown) => void = () => {}
  answers = [new Promise((resolve) => { late = resolve }), { items: ['new'], total: 1 }]
  const list = useList<string>('/things', reactive({ text: '' }))
  list.search()
  await settled()
  late({ items: ['old'], total: 1 })
  await settled()
  expect(list.answer.value?.items).toEqual(['new'])
})

it('a page that lost its last row gives way to the one before it', async () => {
  answers = [{ items: ['a'], total: 11 }, { items: [], total: 10 }, { items: ['b'], total: 10 }]
  asked.length = 0
  const list = useList<string>('/things')
  await settled()
  list.turn({ page: 2 })
  await settled()
  expect(asked.map((query) => query.page)).toEqual([1, 2, 1])
  expect(list.answer.value?.items).toEqual(['b'])
})
