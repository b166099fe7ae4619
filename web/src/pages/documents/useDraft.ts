// The draft of a sealing on one document: its items with undo and redo, and what the server says of each.

import { computed, onScopeDispose, reactive, ref, shallowRef, watch, type Ref } from 'vue'
import { api } from '../../api/client'
import { asProblem, type ApiProblem } from '../../api/problem'
import type { Placements, SealItem } from '../../api/sealing'
import type { DocumentPage, Seal } from '../../api/types'
import * as steps from '../../lib/history'
import { mostItems, newItem, placesOf, requestOf, type Item, type Previewed } from './items'

/** Milliseconds without a change until the server is asked. */
const quiet = 250

export function useDraft(document: Ref<string>, pages: Ref<readonly DocumentPage[]>, seals: Ref<readonly Seal[]>, current: Ref<number>) {
  const history = shallowRef(steps.begin<readonly Item[]>([]))
  const active = ref<number | null>(null)
  let last = 0

  const items = computed(() => history.value.present)
  const chosen = computed(() => items.value.find((item) => item.key === active.value) ?? null)
  const sealOf = (item: Item) => seals.value.find((seal) => seal.id === item.seal) ?? null

  function change(next: readonly Item[], mark: string | null = null) {
    history.value = steps.step(history.value, next, mark)
  }
  function edit(key: number, more: Partial<Item>, mark: string | null = null) {
    change(items.value.map((item) => (item.key === key ? { ...item, ...more } : item)), mark)
  }
  function add(seal?: Seal) {
    const page = pages.value[current.value - 1]
    const which = seal ?? (chosen.value && sealOf(chosen.value)) ?? seals.value[0]
    if (!page || !which || items.value.length >= mostItems) return
    const item = newItem(++last, which, page, items.value)
    // The first one is there before anybody did anything: nothing to take back.
    history.value = items.value.length || last > 1 ? steps.step(history.value, [...items.value, { ...item, moved: last > 1 }]) : steps.begin([item])
    active.value = item.key
  }
  function remove(key: number) {
    change(items.value.filter((item) => item.key !== key))
    if (active.value === key) active.value = items.value.at(-1)?.key ?? null
  }
  function undo() {
    history.value = steps.undo(history.value)
    keepActive()
  }
  function redo() {
    history.value = steps.redo(history.value)
    keepActive()
  }
  function keepActive() {
    if (!items.value.some((item) => item.key === active.value)) active.value = items.value.at(-1)?.key ?? null
  }
  function clear() {
    last = 0
    history.value = steps.begin([])
    active.value = null
    add()
  }

  // A lone seal that nobody has put anywhere goes along with the page that is looked at.
  watch(current, (number) => {
    const only = items.value.length === 1 ? items.value[0]! : null
    const seal = only && sealOf(only)
    const page = pages.value[number - 1]
    if (only && seal && page && only.mode === 'single' && !only.moved) history.value = steps.amend(history.value, [{ ...newItem(only.key, seal, page, []) }])
  })

  // What the server says, by what it was asked: going back to a place costs no second question.
  const answers = reactive(new Map<string, { places: Placements['places'] } | { problem: ApiProblem }>())
  const latest = reactive(new Map<number, Previewed>())
  const asking = ref(0)
  let timer = 0

  function requests(): { item: Item; request: SealItem; key: string }[] {
    return items.value.flatMap((item) => {
      const request = requestOf(item, pages.value.length)
      return request ? [{ item, request, key: `${document.value} ${JSON.stringify(request)}` }] : []
    })
  }
  async function look() {
    await Promise.all(
      requests().map(async ({ item, request, key }) => {
        const known = answers.get(key)
        if (known) {
          if ('places' in known) latest.set(item.key, { request, places: known.places })
          return
        }
        asking.value++
        try {
          const { places } = await api.patient.post<Placements>(`/documents/${document.value}/placements`, { items: [request] })
          answers.set(key, { places })
          latest.set(item.key, { request, places })
        } catch (error) {
          const problem = asProblem(error)
          // What may pass by itself is asked again at the next change.
          // A 404 says nothing of the place: the document itself is gone, and the sealing will say so.
          if (problem.status >= 400 && problem.status < 500 && problem.status !== 429 && problem.status !== 404) answers.set(key, { problem })
        } finally {
          asking.value--
        }
      }),
    )
  }
  function soon() {
    window.clearTimeout(timer)
    timer = window.setTimeout(() => void look(), quiet)
  }
  watch([items, document], ([, now], [, before]) => {
    if (now !== before) latest.clear()
    soon()
  })
  onScopeDispose(() => window.clearTimeout(timer))

  /** Where each item shows. */
  const placed = computed(() =>
    items.value.map((item) => {
      const seal = sealOf(item)
      return { item, seal, places: seal ? placesOf(item, seal, pages.value, latest.get(item.key)) : [] }
    }),
  )
  /** What the server has against an item. */
  const problems = computed(() => {
    const found = new Map<number, ApiProblem>()
    for (const { item, key } of requests()) {
      const answer = answers.get(key)
      if (answer && 'problem' in answer) found.set(item.key, answer.problem)
    }
    return found
  })
  /** What to send; `null` while an item is not whole or refused. */
  const sending = computed(() => {
    const all = requests()
    return all.length > 0 && all.length === items.value.length && !problems.value.size ? all.map(({ request }) => request) : null
  })

  return {
    items, active, chosen, placed, problems, sending, asking, sealOf, change, edit, add, remove, undo, redo, clear,
    canUndo: computed(() => history.value.past.length > 0),
    canRedo: computed(() => history.value.future.length > 0),
  }
}

export type Draft = ReturnType<typeof useDraft>
