// Which entry the manual sends a key to, by how its provider's keys are reached.

import type { Provider } from '../../api/types'
import type { Text } from '../../contract'

/** 第一步 for direct keys, 省统一CA for those behind the unified client. */
export type Entry = 'direct' | 'unified'

/** The one entry that fits all bound keys; `null` where they go both ways or none is known. With the providers' names. */
export function entryOf(bound: readonly string[], providers: readonly Provider[]): { right: Entry | null; names: Text[] } {
  const own = [...new Set(bound)].flatMap((id) => providers.filter((p) => p.id === id))
  const ways = new Set<Entry>(own.map((p) => p.channel.kind))
  return { right: ways.size === 1 ? [...ways][0]! : null, names: own.map((p) => p.name) }
}
