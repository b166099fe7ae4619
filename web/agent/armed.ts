// Buttons are inert for 800 ms after the window gets the focus: a site that makes somebody click quickly and slips
// this window under the pointer gets nothing.

import { onMounted, onUnmounted, ref, type Ref } from 'vue'

export const INERT_MS = 800

export function useArmed(): Readonly<Ref<boolean>> {
  const armed = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  const disarm = () => {
    armed.value = false
    clearTimeout(timer)
    timer = setTimeout(() => (armed.value = document.visibilityState === 'visible'), INERT_MS)
  }
  onMounted(() => {
    disarm()
    window.addEventListener('focus', disarm)
    document.addEventListener('visibilitychange', disarm)
  })
  onUnmounted(() => {
    clearTimeout(timer)
    window.removeEventListener('focus', disarm)
    document.removeEventListener('visibilitychange', disarm)
  })
  return armed
}
