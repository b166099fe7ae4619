// A binding in two steps, the same for both platforms' dialogs: the key proves itself (获取 CA 编号), then the
// proof is turned into a binding (确定). The server keeps the proof, so the page carries no certificate about; what
// was proved outlives a reload of the page, until it expires, and no longer than the tab.

import { ref } from 'vue'
import { signStatement } from '../../agent'
import { api } from '../../api/client'
import { asProblem, type ApiProblem } from '../../api/problem'
import type { Binding, BindingProof, Challenge } from '../../api/types'

const remembered = 'yinxin.proof'

/** Where a tab keeps things; absent where storage is forbidden. */
type Place = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null

function ownPlace(): Place {
  try {
    return sessionStorage
  } catch {
    return null
  }
}

/** Keeps a proof for an account over a reload, or forgets it. */
export function keepProof(proof: BindingProof | null, account: string, place: Place = ownPlace()): void {
  if (proof) place?.setItem(remembered, JSON.stringify({ account, proof }))
  else place?.removeItem(remembered)
}

/** The account's proof from before a reload, while the server still takes it. */
export function keptProof(account: string, now: Date, place: Place = ownPlace()): BindingProof | null {
  try {
    const kept = JSON.parse(place?.getItem(remembered) ?? 'null') as { account?: string; proof?: BindingProof } | null
    return kept?.proof && kept.account === account && new Date(kept.proof.expires_at) > now ? kept.proof : null
  } catch {
    return null
  }
}

export type BindingSteps = ReturnType<typeof useBinding>

/** `account` is whose tab it is, not whom the key is bound to. */
export function useBinding(account: string) {
  const stage = ref<'idle' | 'window' | 'checking' | 'binding'>('idle')
  const proof = ref<BindingProof | null>(keptProof(account, new Date()))
  const problem = ref<ApiProblem | null>(null)

  /** Must be called in a click. `false` where it failed; the problem then says why. */
  async function prove(accountId: string | undefined): Promise<boolean> {
    if (stage.value !== 'idle') return false
    stage.value = 'window'
    problem.value = null
    forget()
    try {
      const statement = await signStatement('bind', () => api.post<Challenge>('/binding-challenges', accountId ? { account_id: accountId } : {}))
      stage.value = 'checking'
      proof.value = await api.post<BindingProof>('/binding-proofs', statement)
      keepProof(proof.value, account)
      return true
    } catch (error) {
      problem.value = asProblem(error)
      return false
    } finally {
      stage.value = 'idle'
    }
  }

  function forget() {
    proof.value = null
    keepProof(null, account)
  }

  async function bind(): Promise<Binding | null> {
    if (stage.value !== 'idle' || !proof.value) return null
    stage.value = 'binding'
    problem.value = null
    try {
      const binding = await api.post<Binding>('/bindings', { proof_id: proof.value.id })
      forget()
      return binding
    } catch (error) {
      problem.value = asProblem(error)
      // A proof serves once and not for long: what is left of it is of no use.
      if (problem.value.code !== 'offline' && problem.value.code !== 'no_answer') forget()
      return null
    } finally {
      stage.value = 'idle'
    }
  }

  return { stage, proof, problem, prove, bind, forget }
}
