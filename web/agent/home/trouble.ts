// What went wrong with a call, for the views: a refusal in the contract's words, or a page that the agent no
// longer knows because it was started again.

import { ref } from 'vue'
import { Refusal } from '../service'

export function troubleOf() {
  const problem = ref<Refusal | null>(null)
  const stale = ref(false)
  const busy = ref(false)

  function fail(error: unknown) {
    const refusal = error instanceof Refusal ? error : new Refusal('internal')
    // Its own page is refused only when the agent does not know the page's token any more.
    if (refusal.code === 'origin_refused' && !refusal.detail?.zh.includes('https://')) stale.value = true
    else problem.value = refusal
  }

  /** Does something; says whether it went well. */
  async function run(deed: () => Promise<void>): Promise<boolean> {
    problem.value = null
    busy.value = true
    try {
      await deed()
      return true
    } catch (error) {
      fail(error)
      return false
    } finally {
      busy.value = false
    }
  }

  return { problem, stale, busy, run, fail }
}
