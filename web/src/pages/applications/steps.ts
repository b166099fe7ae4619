// The way of an application from form to key, as it is drawn: which steps there are for its kind and its order of
// payment, and how far it is. The state decides; the history gives the times.

import type { Application, ApplicationState, Kind, Offer } from '../../api/applications'

export type StepId = 'form' | 'payment' | 'review' | 'second_review' | 'originals' | 'production' | 'writing' | 'unlocking' | 'execution' | 'shipment' | 'active'

export interface Step {
  id: StepId
  state: 'done' | 'now' | 'ahead' | 'failed'
  /** When it was done. */
  at: string | null
}

const stepOfState: Partial<Record<ApplicationState, StepId>> = {
  draft: 'form',
  returned: 'form',
  submitted: 'review',
  awaiting_payment: 'payment',
  payment_review: 'payment',
  second_review: 'second_review',
  awaiting_originals: 'originals',
  production: 'production',
  produced: 'shipment',
  shipping: 'shipment',
  shipped: 'shipment',
  active: 'active',
  closed: 'active',
}

/** What a kind of application ends with. */
function ending(kind: Kind): StepId[] {
  switch (kind) {
    case 'renewal':
      return ['writing', 'active']
    case 'unlock':
      return ['unlocking', 'active']
    case 'revocation':
    case 'suspension':
    case 'resumption':
      return ['execution', 'active']
    default:
      return ['production', 'shipment', 'active']
  }
}

/** The steps in their order; `paid` says that there is a fee, `originals` that stamped papers go by mail. */
export function stepsOf(kind: Kind, payment: Offer['payment'], paid: boolean, originals: boolean): StepId[] {
  return [
    'form',
    ...(paid && payment === 'before_review' ? (['payment'] as const) : []),
    'review',
    ...(paid && payment === 'after_review' ? (['payment'] as const) : []),
    'second_review',
    ...(originals ? (['originals'] as const) : []),
    ...ending(kind),
  ]
}

/** The steps with how far they are. */
export function progressOf(application: Pick<Application, 'kind' | 'state' | 'history'>, ids: StepId[]): Step[] {
  const { kind, state, history } = application
  const here = stepHere(kind, state)
  const stopped = state === 'rejected' || state === 'withdrawn'
  const current = stopped ? lastReached(kind, history, ids) : ids.indexOf(here ?? 'form')
  return ids.map((id, at) => {
    const done = at < current || (id === 'active' && (state === 'active' || state === 'closed'))
    return {
      id,
      state: done ? 'done' : at === current ? (stopped ? 'failed' : 'now') : 'ahead',
      at: done ? leftAt(kind, history, id) : null,
    }
  })
}

function stepHere(kind: Kind, state: ApplicationState): StepId | undefined {
  if (state === 'writing') return kind === 'unlock' ? 'unlocking' : kind === 'renewal' ? 'writing' : 'execution'
  // A renewal waits for its own writing, a revocation for the CA, where a new key waits for the operator.
  if (state === 'production') return ending(kind)[0]
  return stepOfState[state]
}

function lastReached(kind: Kind, history: Application['history'], ids: StepId[]): number {
  const reached = history.map((entry) => ids.indexOf(stepHere(kind, entry.state) ?? 'form'))
  return Math.max(0, ...reached)
}

/** When the last entry after this step's states came. */
function leftAt(kind: Kind, history: Application['history'], id: StepId): string | null {
  const sorted = [...history].sort((a, b) => a.at.localeCompare(b.at))
  let left: string | null = null
  sorted.forEach((entry, at) => {
    const before = sorted[at - 1]
    if (id === 'active' ? stepHere(kind, entry.state) === 'active' : before && stepHere(kind, before.state) === id && stepHere(kind, entry.state) !== id) left = entry.at
  })
  return left
}
