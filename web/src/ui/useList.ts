// A list that the server keeps: searched, turned page by page, loaded again. Only the newest answer counts.

import { reactive, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { api } from '../api/client'
import { asProblem, type ApiProblem } from '../api/problem'
import type { Page } from '../api/types'

export interface List<T> {
  answer: ShallowRef<Page<T> | null>
  problem: Ref<ApiProblem | null>
  /** What was asked for: the filters as they were searched, and which page. */
  asked: { page: number; size: number }
  /** Whether a filter narrows the list. */
  narrowed: Ref<boolean>
  load: () => Promise<void>
  search: () => void
  reset: () => void
  turn: (to: { page?: number; size?: number }) => void
}

/** `typed` is what the fields hold; it counts from `search` on. Its first values are what `reset` goes back to. */
export function useList<T>(path: string, typed: Record<string, string> = {}): List<T> {
  const first = { ...typed }
  const answer = shallowRef<Page<T> | null>(null)
  const problem = ref<ApiProblem | null>(null)
  const asked = reactive({ page: 1, size: 10 })
  const narrowed = ref(false)
  let filters: Record<string, string> = { ...typed }
  let latest = 0

  async function load() {
    const turn = ++latest
    try {
      const got = await api.get<Page<T>>(path, { ...filters, page: asked.page, per_page: asked.size })
      if (turn !== latest) return
      // The last row of a page is gone with its page.
      if (!got.items.length && got.total && asked.page > 1) {
        asked.page = Math.max(1, Math.ceil(got.total / asked.size))
        return await load()
      }
      problem.value = null
      answer.value = got
    } catch (error) {
      if (turn === latest) problem.value = asProblem(error)
    }
  }

  function search() {
    filters = Object.fromEntries(Object.entries(typed).map(([name, value]) => [name, value.trim()]))
    narrowed.value = Object.entries(filters).some(([name, value]) => value !== first[name])
    asked.page = 1
    void load()
  }

  function reset() {
    Object.assign(typed, first)
    search()
  }

  function turn(to: { page?: number; size?: number }) {
    Object.assign(asked, to.size ? { size: to.size, page: 1 } : to)
    void load()
  }

  void load()
  return { answer, problem, asked, narrowed, load, search, reset, turn }
}
