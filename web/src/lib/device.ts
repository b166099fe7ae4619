// A session's browser and system in words, from the User-Agent that the server kept.

import { systemName, systemOf } from './systems'

// The first that fits: the browsers of China and Edge say Chrome too, Chrome says Safari.
const BROWSERS: [RegExp, string][] = [
  [/Edg\/(\d+)/, 'Edge'],
  [/(?:QIHU|360SE|360EE)[^\d]*(\d+)?/, '360'],
  [/QQBrowser\/(\d+)/, 'QQ'],
  [/Firefox\/(\d+)/, 'Firefox'],
  [/(?:Headless)?Chrome\/(\d+)/, 'Chrome'],
  [/Version\/(\d+).* Safari/, 'Safari'],
]
const PHONE = /Android|iPhone|iPad/

/** `Chrome 156 · Linux x86-64`; what is not known stays as it came. */
export function deviceName(userAgent: string): string {
  const found = BROWSERS.find(([pattern]) => pattern.test(userAgent))
  const browser = found ? [found[1], found[0].exec(userAgent)?.[1]].filter(Boolean).join(' ') : ''
  const system = systemOf({ userAgent })
  const under = system ? systemName(system) : (PHONE.exec(userAgent)?.[0] ?? '')
  return [browser, under].filter(Boolean).join(' · ') || userAgent
}
