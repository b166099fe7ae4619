// Undo and redo over values that are never changed in place. Steps that belong together — a drag, a run of arrow
// keys — carry one mark and are one step back.

export interface History<T> {
  readonly past: readonly T[]
  readonly present: T
  readonly future: readonly T[]
  /** What the last step was marked with. */
  readonly mark: string | null
}

/** So many steps back; older ones are forgotten. */
const deep = 200

export function begin<T>(present: T): History<T> {
  return { past: [], present, future: [], mark: null }
}

/** A step forward; with the mark of the step before it, both become one. What was undone can't be redone after it. */
export function step<T>(history: History<T>, next: T, mark: string | null = null): History<T> {
  if (Object.is(next, history.present)) return history
  const one = mark !== null && mark === history.mark
  return { past: one ? history.past : [...history.past, history.present].slice(-deep), present: next, future: [], mark }
}

/** Changes what is there now and makes no step of it. */
export function amend<T>(history: History<T>, next: T): History<T> {
  return { ...history, present: next, mark: null }
}

export function undo<T>(history: History<T>): History<T> {
  if (!history.past.length) return history
  return { past: history.past.slice(0, -1), present: history.past.at(-1)!, future: [history.present, ...history.future], mark: null }
}

export function redo<T>(history: History<T>): History<T> {
  if (!history.future.length) return history
  return { past: [...history.past, history.present], present: history.future[0]!, future: history.future.slice(1), mark: null }
}
