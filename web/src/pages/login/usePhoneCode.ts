// 获取验证码: asks for a code and counts down until another may be asked for. The answer is always the same, whether the
// number is known or not, so the page says that a code comes *if* the number is registered.

import { onScopeDispose, ref } from 'vue'
import { api } from '../../api/client'
import { asProblem, type ApiProblem } from '../../api/problem'

/** Seconds between two codes to one number. */
export const PAUSE = 60

export function isMobile(phone: string): boolean {
  return /^1[3-9]\d{9}$/.test(phone)
}

/** Full-width digits, blanks and dashes are how people write numbers. */
export function tidyPhone(phone: string): string {
  return phone.normalize('NFKC').replace(/[\s-]/g, '')
}

export function usePhoneCode(purpose: 'login' | 'register' | 'recover' | 'phone') {
  const wait = ref(0)
  const sending = ref(false)
  const sent = ref(false)
  const problem = ref<ApiProblem | null>(null)
  let timer: ReturnType<typeof setInterval> | undefined
  onScopeDispose(() => clearInterval(timer))

  async function send(phone: string): Promise<void> {
    if (sending.value || wait.value) return
    sending.value = true
    problem.value = null
    try {
      await api.post('/phone-codes', { purpose, phone })
      sent.value = true
      wait.value = PAUSE
      clearInterval(timer)
      timer = setInterval(() => {
        wait.value -= 1
        if (wait.value <= 0) clearInterval(timer)
      }, 1000)
    } catch (error) {
      problem.value = asProblem(error)
    } finally {
      sending.value = false
    }
  }

  return { wait, sending, sent, problem, send }
}
