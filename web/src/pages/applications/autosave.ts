// Saving a form by itself: a moment after the last change, one save at a time, the newest text last.
//
// Each save names the version that it was made on. Where another window saved in between, the server refuses it
// (409): nothing is overwritten, and the person is asked to load the newer state.

import { ref, type Ref } from 'vue'
import { asProblem, type ApiProblem } from '../../api/problem'

export type SaveState = 'saved' | 'waiting' | 'saving' | 'failed' | 'conflict'

export interface Timers {
  set: (run: () => void, ms: number) => number
  clear: (id: number) => void
}

const browserTimers: Timers = { set: (run, ms) => window.setTimeout(run, ms), clear: (id) => window.clearTimeout(id) }

export interface Autosave {
  state: Ref<SaveState>
  problem: Ref<ApiProblem | null>
  /** The version that the next save is made on. */
  version: Ref<number>
  /** Something was changed. */
  changed: () => void
  /** Saves what waits, now; `false` where that failed. */
  flush: () => Promise<boolean>
}

/** How long one may pause before what was typed is saved, in milliseconds. */
const PAUSE = 900
/** After a failure that may pass by itself, such as a lost network. */
const RETRY = 8000

/** `save` sends the present form on a version and answers the new one. */
export function autosave(first: number, save: (version: number) => Promise<number>, timers: Timers = browserTimers): Autosave {
  const state = ref<SaveState>('saved')
  const problem = ref<ApiProblem | null>(null)
  const version = ref(first)
  let timer: number | null = null
  let running: Promise<void> | null = null
  let dirty = false

  function schedule(ms: number) {
    if (timer !== null) timers.clear(timer)
    timer = timers.set(() => {
      timer = null
      void run()
    }, ms)
  }

  async function once() {
    dirty = false
    state.value = 'saving'
    try {
      version.value = await save(version.value)
      problem.value = null
      state.value = dirty ? 'waiting' : 'saved'
    } catch (error) {
      dirty = true
      problem.value = asProblem(error)
      if (problem.value.status === 409) {
        state.value = 'conflict'
      } else {
        state.value = 'failed'
        if (problem.value.code === 'offline' || problem.value.code === 'no_answer') schedule(RETRY)
      }
    }
  }

  async function run(): Promise<void> {
    if (running) return running
    running = once().finally(() => {
      running = null
      if (dirty && state.value === 'waiting') schedule(PAUSE)
    })
    return running
  }

  return {
    state,
    problem,
    version,
    changed() {
      dirty = true
      // A conflict is for the person to decide: a further save would be refused as well.
      if (state.value === 'conflict') return
      if (!running) state.value = 'waiting'
      schedule(PAUSE)
    },
    async flush() {
      if (timer !== null) {
        timers.clear(timer)
        timer = null
      }
      if (running) await running
      if (dirty && state.value !== 'conflict') await run()
      return !dirty
    },
  }
}
