// The language of the pages: Chinese unless the visitor switched. Each page keeps its texts beside it, in both
// languages, so that a page's chunk carries its own words and the compiler misses none.

import { computed, ref, watchEffect, type ComputedRef } from 'vue'
import type { Text } from './contract'

export type Locale = 'zh' | 'en'

const remembered = 'yinxin.locale'

function initial(): Locale {
  try {
    const stored = localStorage.getItem(remembered)
    if (stored === 'zh' || stored === 'en') return stored
  } catch {
    // Storage can be forbidden; the switch then lasts as long as the page.
  }
  return 'zh'
}

export const locale = ref<Locale>(initial())

export function setLocale(next: Locale): void {
  locale.value = next
  try {
    localStorage.setItem(remembered, next)
  } catch {
    // See above.
  }
}

/** Keeps `<html lang>` true: screen readers and fonts for Chinese go by it. */
export function keepDocumentLanguage(): void {
  watchEffect(() => {
    document.documentElement.lang = locale.value === 'zh' ? 'zh-CN' : 'en'
  })
}

/** The same keys and the same parameters, other words. */
type Translated<T> = {
  readonly [K in keyof T]: T[K] extends (...args: infer A) => string
    ? (...args: A) => string
    : T[K] extends string
      ? string
      : Translated<T[K]>
}

/** The texts of a page in the current language. */
export function useTexts<const T extends object>(zh: T, en: Translated<T>): ComputedRef<Translated<T>> {
  return computed(() => (locale.value === 'zh' ? (zh as Translated<T>) : en))
}

/** A name that came in both languages, in the current one; its id where it has none. */
export function nameOf(named: { id: string; name: Text | null }): string {
  return named.name ? say(named.name) : named.id
}

/** A text that came in both languages, in the current one. */
export function say(text: Text): string {
  // What comes from a registry may have no English name.
  return text[locale.value] || text.zh
}

/** The marks between texts that come from elsewhere. */
export const marks = useTexts({ colon: '：', comma: '、', open: '（', close: '）' }, { colon: ': ', comma: ', ', open: ' (', close: ')' })

/** Names one after the other. */
export function listed(names: readonly string[]): string {
  return names.join(marks.value.comma)
}
