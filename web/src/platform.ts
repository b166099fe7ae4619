// The platform whose pages these are: the server chooses it by the Host, the pages take its name, its colours,
// its providers and its style (个人中心 or 系统管理) from here and know none by themselves.

import { shallowRef } from 'vue'
import { api } from './api/client'
import type { Platform, Provider } from './api/types'
import { contrast, legibleOnWhite, mix } from './lib/colour'

export const platform = shallowRef<Platform | null>(null)

/** Sets the brand's colours and Element Plus' nine, which its defaults leave too pale to read. Through the CSSOM, which the policy allows. */
export function applyColours(colours: Platform['colours'], style: Pick<CSSStyleDeclaration, 'setProperty'>): void {
  const primary = legibleOnWhite(colours.primary)
  const dark = contrast(colours.primary_dark, '#ffffff') >= 7 ? colours.primary_dark : mix(primary, '#000000', 0.3)
  const values: Record<string, string> = {
    '--brand': primary,
    '--brand-dark': dark,
    '--brand-accent': legibleOnWhite(colours.accent),
    '--brand-soft': mix(primary, '#ffffff', 0.93),
    '--brand-line': mix(primary, '#ffffff', 0.75),
    '--el-color-primary': primary,
    '--el-color-primary-dark-2': dark,
    '--el-color-primary-light-3': mix(primary, '#ffffff', 0.14),
    '--el-color-primary-light-5': mix(primary, '#ffffff', 0.5),
    '--el-color-primary-light-7': mix(primary, '#ffffff', 0.7),
    '--el-color-primary-light-8': mix(primary, '#ffffff', 0.8),
    '--el-color-primary-light-9': mix(primary, '#ffffff', 0.93),
  }
  for (const [name, value] of Object.entries(values)) style.setProperty(name, value)
}

export async function loadPlatform(): Promise<void> {
  const answer = await api.get<Platform>('/platform')
  applyColours(answer.colours, document.documentElement.style)
  platform.value = answer
}

/** Where the bindings stand: the manuals' menus differ, the list is the same. */
export function bindingsPath(): string {
  return platform.value?.style === 'system_management' ? '/system/ca/bindings' : '/me/bindings'
}

/** Where forced unbindings stand, beside the bindings. */
export function forcedPath(): string {
  return platform.value?.style === 'system_management' ? '/system/ca/forced' : '/me/forced'
}

/** Where 我的办理 (公e采) or CA 证书申领 (政采云) stands. */
export function applicationsPath(): string {
  return platform.value?.style === 'system_management' ? '/system/ca/applications' : '/me/applications'
}

export function organisationPath(): string {
  return platform.value?.style === 'system_management' ? '/system/organisation' : '/me/organisation'
}

export function profilePath(): string {
  return platform.value?.style === 'system_management' ? '/system/profile' : '/me/profile'
}

/** The providers that may do something here, such as `bind`. */
export function providersFor(capability: keyof Provider['capabilities']): Provider[] {
  return platform.value?.providers.filter((p) => p.capabilities[capability]) ?? []
}

/** All of them, those that can do most here first; else in the catalogue's order. */
export function providersByUse(): Provider[] {
  const use = ({ capabilities: c }: Provider) => Number(c.bind) * 4 + Number(c.login) * 2 + Number(c.seal)
  return [...(platform.value?.providers ?? [])].sort((a, b) => use(b) - use(a))
}

export function agentPorts(): number[] {
  return platform.value?.agent_ports ?? []
}
