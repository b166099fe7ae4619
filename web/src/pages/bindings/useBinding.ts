// A binding in two steps, the same for both platforms' dialogs: the key proves itself (获取 CA 编号), then the
// proof is turned into a binding (确定). The server keeps the proof, so the page carries no certificate about.

import { ref } from 'vue'
import { signStatement } from '../../agent'
import { api } from '../../api/client'
import { asProblem, type ApiProblem } from '../../api/problem'
import type { Binding, BindingProof, Challenge } from '../../api/types'

export function useBinding() {
  const stage = ref<'idle' | 'window' | 'checking' | 'binding'>('idle')
  const proof = ref<BindingProof | null>(null)
  const problem = ref<ApiProblem | null>(null)

  /** Must be called in a click. `false` where it failed; the problem then says why. */
  async function prove(accountId: string | undefined): Promise<boolean> {
    if (stage.value !== 'idle') return false
    stage.value = 'window'
    problem.value = null
    proof.value = null
    try {
      const statement = await signStatement('bind', () => api.post<Challenge>('/binding-challenges', accountId ? { account_id: accountId } : {}))
      stage.value = 'checking'
      proof.value = await api.post<BindingProof>('/binding-proofs', statement)
      return true
    } catch (error) {
      problem.value = asProblem(error)
      return false
    } finally {
      stage.value = 'idle'
    }
  }

  async function bind(): Promise<Binding | null> {
    if (stage.value !== 'idle' || !proof.value) return null
    stage.value = 'binding'
    problem.value = null
    try {
      return await api.post<Binding>('/bindings', { proof_id: proof.value.id })
    } catch (error) {
      problem.value = asProblem(error)
      // A proof serves once and not for long: what is left of it is of no use.
      if (problem.value.code !== 'offline' && problem.value.code !== 'no_answer') proof.value = null
      return null
    } finally {
      stage.value = 'idle'
    }
  }

  return { stage, proof, problem, prove, bind }
}
