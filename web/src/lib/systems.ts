// Operating systems as the catalogue writes them: `windows-x86_64`, `kylin-arm64`, or `windows` alone.

import type { Text } from '../contract'
import { say } from '../i18n'

export const SYSTEMS = [
  'windows-x86_64', 'windows-x86', 'macos-arm64', 'macos-x86_64', 'uos-x86_64', 'uos-arm64', 'uos-loongarch64', 'kylin-x86_64', 'kylin-arm64', 'kylin-loongarch64', 'linux-x86_64', 'linux-arm64',
] as const

const OS: Record<string, string | Text> = { windows: 'Windows', macos: 'macOS', uos: { zh: '统信 UOS', en: 'UOS' }, kylin: { zh: '银河麒麟', en: 'Kylin' }, linux: 'Linux' }
const ARCH: Record<string, string | Text> = { x86: { zh: '32 位', en: '32-bit' }, x86_64: 'x86-64', arm64: 'ARM64', loongarch64: 'LoongArch', mips64: 'MIPS64' }

const worded = (name: string | Text): string => (typeof name === 'string' ? name : say(name))

/** `windows-x86_64` → `Windows x86-64`; a word that is not known stays as it is. */
export function systemName(system: string): string {
  const [os = '', arch] = system.split('-')
  return [worded(OS[os] ?? os), arch ? worded(ARCH[arch] ?? arch) : ''].filter(Boolean).join(' ')
}

/** What a browser tells of the system under it: User-Agent Client Hints where it has them, else the User-Agent. */
export interface Told {
  userAgent: string
  /** `userAgentData.platform`, such as `Windows`. */
  platform?: string
  /** `x86` or `arm`, and `32` or `64`: the high-entropy hints. */
  architecture?: string
  bitness?: string
}

/** The system, or `null` where it can't be told or has no drivers (a telephone). */
export function systemOf(told: Told): string | null {
  const agent = told.userAgent
  if (/Android|iPhone|iPad|Mobile/i.test(agent)) return null
  // A hint is worth more than the agent's text, which pretends to be others.
  const is = (name: string, text: RegExp) => (told.platform ? told.platform === name : text.test(agent))
  const arch = archOf(told)
  const withArch = (os: string) => (arch ? `${os}-${arch}` : os)
  if (is('Windows', /Windows NT/)) return withArch('windows')
  // Safari and old Chromes say Intel on every Mac: without a hint the processor is not known.
  if (is('macOS', /Mac OS X/)) return told.architecture ? withArch('macos') : 'macos'
  if (/UOS|Uos/.test(agent)) return withArch('uos')
  if (/Kylin/i.test(agent)) return withArch('kylin')
  if (is('Linux', /Linux|X11/)) return withArch('linux')
  return null
}

function archOf({ userAgent, architecture, bitness }: Told): string | null {
  if (architecture === 'arm') return 'arm64'
  if (architecture === 'x86') return bitness === '32' ? 'x86' : 'x86_64'
  if (/aarch64|arm64/i.test(userAgent)) return 'arm64'
  if (/loongarch64|loong64/i.test(userAgent)) return 'loongarch64'
  if (/mips64/i.test(userAgent)) return 'mips64'
  if (/WOW64|Win64|x86_64|x64|amd64/i.test(userAgent)) return 'x86_64'
  // Windows says Win64 or WOW64 on every 64-bit system.
  if (/Windows NT/.test(userAgent) || /i[3-6]86/.test(userAgent)) return 'x86'
  return null
}

interface Hints {
  platform?: string
  getHighEntropyValues?(names: string[]): Promise<{ architecture?: string; bitness?: string }>
}

/** The system of this browser. */
export async function ownSystem(): Promise<string | null> {
  const hints = (navigator as Navigator & { userAgentData?: Hints }).userAgentData
  const more = await hints?.getHighEntropyValues?.(['architecture', 'bitness']).catch(() => ({}))
  return systemOf({ userAgent: navigator.userAgent, platform: hints?.platform, ...more })
}

/** Whether what is made for `own` runs on `asked`, as the server's catalogue has it. */
export function covers(own: string, asked: string): boolean {
  const [os, arch] = own.split('-')
  const [askedOs = '', askedArch] = asked.split('-')
  const sameOs = os === askedOs || (os === 'linux' && ['uos', 'kylin'].includes(askedOs))
  const sameArch = !arch || !askedArch || arch === askedArch || (os === 'windows' && arch === 'x86' && askedArch === 'x86_64')
  return sameOs && sameArch
}
