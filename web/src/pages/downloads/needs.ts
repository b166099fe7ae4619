// 我需要什么？ What somebody has to install, worked out from what is known: whether the client answers, whether it can
// see the key, whose key it is, and the system under the browser.

import type { Download, Provider } from '../../api/types'
import { covers } from '../../lib/systems'

export interface Situation {
  /** Whether our client answered. */
  client: boolean
  /** Whether the client showed the key's certificate: whatever program the key needs is then there. */
  seen: boolean
  /** Whose key it is: from the certificate, or as chosen by hand. */
  provider: Provider | null
  system: string | null
}

export type Step =
  | { what: 'install_agent'; packages: Download[] }
  | { what: 'agent_ready' }
  | { what: 'enough' }
  | { what: 'unknown_key' }
  | { what: 'choose_provider' }
  | { what: 'install'; part: 'client' | 'driver' | 'seal_client' | 'bundle'; packages: Download[] }
  | { what: 'look_again' }

function fits(item: Download, system: string | null): boolean {
  return !system || item.systems.length === 0 || item.systems.some((own) => covers(own, system))
}

/** The steps, in the order in which they are to be done. */
export function needs(now: Situation, all: Download[]): Step[] {
  const here = all.filter((item) => fits(item, now.system))
  const steps: Step[] = []
  if (!now.client) {
    steps.push({ what: 'install_agent', packages: here.filter((item) => item.owner.kind === 'agent') })
  } else {
    steps.push({ what: 'agent_ready' })
    // The client reads the key, so it also logs in, binds and seals with it: the vendor's programs add nothing here.
    if (now.seen) return [...steps, now.provider ? { what: 'enough' } : { what: 'unknown_key' }]
  }
  const provider = now.provider
  if (!provider) return [...steps, now.client ? { what: 'choose_provider' } : { what: 'look_again' }]
  const own = here.filter((item) => item.owner.kind === 'provider' && item.owner.id === provider.id)
  if (provider.channel.kind === 'unified') {
    // 省统一CA: the order matters. The client first, then the driver of one's own CA, then its seal client.
    const client = provider.channel.client
    for (const part of client.order as ('client' | 'driver' | 'seal_client')[]) {
      const packages = part === 'client' ? here.filter((item) => item.owner.kind === 'client' && item.owner.id === client.id) : own.filter((item) => item.kind === part)
      if (packages.length) steps.push({ what: 'install', part, packages })
    }
  }
  const rest = own.filter((item) => !steps.some((step) => step.what === 'install' && step.packages.includes(item)))
  for (const part of ['bundle', 'driver', 'seal_client'] as const) {
    const packages = rest.filter((item) => item.kind === part)
    if (packages.length) steps.push({ what: 'install', part, packages })
  }
  return [...steps, { what: 'look_again' }]
}
