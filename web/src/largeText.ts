// 大字版: every size of text is written in rem by the build, so one class on <html> makes all of it larger.

import { ref, watchEffect } from 'vue'

const remembered = 'yinxin.large'

function stored(): boolean {
  try {
    return localStorage.getItem(remembered) === '1'
  } catch {
    // Storage can be forbidden; the choice then lasts as long as the page.
    return false
  }
}

export const largeText = ref(stored())

export function setLargeText(large: boolean): void {
  largeText.value = large
  try {
    localStorage.setItem(remembered, large ? '1' : '0')
  } catch {
    // See above.
  }
}

watchEffect(() => document.documentElement.classList.toggle('large', largeText.value))
