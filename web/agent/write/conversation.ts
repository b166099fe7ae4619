// The steps of a production or a renewal, one after the other. A key that is pulled out is waited for; a PIN that
// went wrong or ran into a time-out is asked for again; what can't go on is said to the page.

import { computed, ref } from 'vue'
import type { AgentResponse, ErrorCode } from '../../src/contract'
import type { Asking } from '../opener'
import { Refusal, service } from '../service'
import { locale } from '../texts'
import { writing, type Begin, type Standing, type Step } from './service'

/** After these the conversation is over, and the page is told. */
const FATAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'not_blank', 'production_mismatch', 'certificate_mismatch', 'write_unsupported', 'write_refused', 'write_expired',
  'request_malformed', 'origin_refused', 'internal', 'admin_pin_locked',
])
/** After these the PIN is entered again before anything goes on. */
const PIN: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['pin_wrong', 'pin_locked', 'pin_length', 'last_try', 'token_timeout'])

export function conversation(asking: Asking, steps: Step[]) {
  const begun = ref(false)
  const busy = ref(false)
  const next = ref<Step | null>(null)
  const problem = ref<Refusal | null>(null)
  /** The key was pulled out, and is waited for. */
  const waiting = ref(false)
  const wantsPin = ref(false)
  const over = ref(false)
  const written = ref<AgentResponse | null>(null)

  const list = computed(() => {
    const at = next.value === 'done' ? steps.length : next.value ? steps.indexOf(next.value) : -1
    return steps.map((step, index) => ({ step, state: index < at ? 'done' : index === at ? 'now' : 'later' }) as const)
  })

  function standing(now: Standing) {
    next.value = now.next
    wantsPin.value = now.wants_pin
  }

  function end(code: ErrorCode) {
    over.value = true
    asking.answer({ type: 'error', code })
  }

  /** Says whether it began; where not, nothing was done and something else may be picked. */
  async function begin(body: Begin): Promise<boolean> {
    problem.value = null
    busy.value = true
    try {
      standing(await writing.begin(body))
      begun.value = true
    } catch (error) {
      problem.value = error instanceof Refusal ? error : new Refusal('internal')
      return false
    } finally {
      busy.value = false
    }
    void go()
    return true
  }

  async function enterPin(pin: string | null, spend: boolean) {
    if (busy.value) return
    problem.value = null
    busy.value = true
    try {
      standing(await writing.pin(pin, spend, locale.value))
    } catch (error) {
      refused(error)
      return
    } finally {
      busy.value = false
    }
    await go()
  }

  /** Step after step, until the end or until a person is needed. */
  async function go() {
    if (busy.value || over.value) return
    busy.value = true
    problem.value = null
    try {
      while (!wantsPin.value && next.value !== 'done') {
        if (next.value === 'certificates') {
          standing(await writing.message(await asking.next()))
          continue
        }
        const revision = (await service.keys(null)).revision
        try {
          const did = await writing.step()
          waiting.value = false
          standing(did)
          if (did.interim) asking.tell(did.interim)
          if (did.response) {
            written.value = did.response
            next.value = 'done'
            asking.answer(did.response)
          }
        } catch (error) {
          if (!(error instanceof Refusal) || error.code !== 'token_removed') throw error
          waiting.value = true
          await service.keys(revision)
        }
      }
    } catch (error) {
      refused(error)
    } finally {
      busy.value = false
    }
  }

  function refused(error: unknown) {
    const refusal = error instanceof Refusal ? error : new Refusal('internal')
    waiting.value = false
    // Pulled out before the key took the PIN once: it is asked for, and that is no mistake of anybody's.
    if (refusal.code === 'pin_length' && !problem.value) problem.value = null
    else problem.value = refusal
    if (PIN.has(refusal.code)) wantsPin.value = true
    else if (FATAL.has(refusal.code) || next.value === 'certificates') end(refusal.code)
  }

  return { begun, busy, next, problem, waiting, wantsPin, over, written, list, begin, enterPin, go }
}
