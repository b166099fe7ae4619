// Conversations that write to a key: production on the operator's computer, renewal and unlocking on the holder's.
// The agent prepares, the server and the CA answer, the agent writes; this page carries the messages and looks into
// none of them. Each function must be called in a click, before any await: browsers open a window only for a gesture.

import { agentAnswer } from './agent'
import { api } from './api/client'
import type { ProductionAnswer, Refusal } from './api/applications'
import { ApiProblem, browserProblem } from './api/problem'
import type { AgentRequest, UnlockAuthority } from './contract'

/** Where a conversation is: the window opens, the key prepares, the CA issues, the key is written, the server is told. */
export type WritingStage = 'window' | 'preparing' | 'issuing' | 'writing' | 'telling'

/** The addresses of one conversation, below `/api/v1`. */
export interface WritingPaths {
  begin: string
  prepared: (production: string) => string
  state: (production: string) => string
  written: (production: string) => string
}

export function productionPaths(application: string): WritingPaths {
  return {
    begin: `/operator/applications/${application}/production`,
    prepared: (production) => `/operator/productions/${production}/prepared`,
    state: (production) => `/operator/productions/${production}`,
    written: (production) => `/operator/productions/${production}/written`,
  }
}

export function renewalPaths(application: string): WritingPaths {
  const base = `/applications/${application}`
  return { begin: `${base}/renewal/challenge`, prepared: () => `${base}/renewal/prepared`, state: () => `${base}/production`, written: () => `${base}/production/written` }
}

/** How often the server is asked whether the CA has issued, and for how long, in milliseconds. */
const ASK_EVERY = 1000
const PATIENCE = 180_000

/** Has a key made or renewed and its certificates written, and tells the server that they were read back. */
export async function writeKey(paths: WritingPaths, onStage: (stage: WritingStage) => void, body: unknown = {}): Promise<void> {
  let production = ''
  const ended = { yes: false }
  onStage('window')
  try {
    const final = await agentAnswer(
      async () => {
        const begun = await api.post<{ production?: { id: string }; request: AgentRequest }>(paths.begin, body)
        production = begun.production?.id ?? ''
        onStage('preparing')
        return begun.request
      },
      async (interim) => {
        onStage('issuing')
        const answer = await api.post<{ production?: { id: string } } | null>(paths.prepared(production), { interim })
        production ||= answer?.production?.id ?? ''
        const issued = await until<ProductionAnswer>(() => api.get(paths.state(production)), decided, ended)
        if (issued.state === 'refused' || !issued.certificates) throw refusedProblem(issued.refusal)
        onStage('writing')
        return { certificates: issued.certificates }
      },
    )
    onStage('telling')
    await api.post(paths.written(production), { final })
  } finally {
    ended.yes = true
  }
}

/** Has a locked key unlocked: the administrator PIN travels sealed from the CA to the agent. */
export async function unlockKey(application: string, code: string, onStage: (stage: WritingStage) => void): Promise<void> {
  const base = `/applications/${application}/unlock`
  const ended = { yes: false }
  onStage('window')
  try {
    const final = await agentAnswer(
      async () => {
        const begun = await api.post<{ request: AgentRequest }>(`${base}/challenge`, { code })
        onStage('preparing')
        return begun.request
      },
      async (interim) => {
        onStage('issuing')
        await api.post(`${base}/prepared`, { interim })
        const granted = await until<{ state: string; authority?: UnlockAuthority | null; refusal?: Refusal | null }>(() => api.get(base), decided, ended)
        if (!granted.authority) throw refusedProblem(granted.refusal)
        onStage('writing')
        return { authority: granted.authority }
      },
    )
    onStage('telling')
    await api.post(`${base}/done`, { final })
  } finally {
    ended.yes = true
  }
}

/** Begun, then waiting, then the CA has answered. */
function decided(answer: { state: string }): boolean {
  return answer.state !== 'begun' && answer.state !== 'waiting'
}

/** Asks again and again until the answer is there, the conversation ended, or patience is at its end. */
async function until<T>(ask: () => Promise<T>, there: (answer: T) => boolean, ended: { yes: boolean }): Promise<T> {
  for (let waited = 0; waited < PATIENCE; waited += ASK_EVERY) {
    const answer = await ask()
    if (there(answer)) return answer
    if (ended.yes) throw browserProblem('no_answer')
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY))
  }
  throw browserProblem('no_answer')
}

/** Why the CA would not, in its words; nothing was written then. */
function refusedProblem(refusal: Refusal | null | undefined): ApiProblem {
  return new ApiProblem(
    'internal',
    { zh: refusal ? `CA 拒绝办理：${refusal.zh}` : 'CA 拒绝了这次办理', en: refusal ? `The CA refused: ${refusal.en}` : 'The CA refused' },
    { zh: '没有写入任何内容。请联系审核人员核对申请后重试。', en: 'Nothing was written. Have the application looked at, then try again.' },
  )
}
