// 区划: the tree of GB/T 2260 and what each area opens. Asked level by level: the whole tree has some 3,400 areas.

import type { Text } from '../contract'
import { api } from './client'
import type { NamedRegion } from './types'

export interface Region extends NamedRegion {
  level: number
  children: boolean
  /** From the province down, where the answer is to a search. */
  path?: NamedRegion[]
}

export interface RegionSettings {
  providers: string[] | null
  application: boolean | null
  login: string[] | null
  notices: Text[] | null
}

export interface RegionDetail extends NamedRegion {
  level: number
  path: NamedRegion[]
  /** What is set here; null is inherited. */
  own: RegionSettings
  providers: string[]
  application: boolean
  login: string[]
  drivers: string[]
  notices: Text[]
  /** Which area each setting comes from. */
  from: Record<string, string>
  version: number
}

export async function regionsOf(parent?: string): Promise<Region[]> {
  return (await api.get<{ regions: Region[] }>('/regions', { parent })).regions
}

export async function regionsLike(text: string): Promise<Region[]> {
  return (await api.get<{ regions: Region[] }>('/regions', { text })).regions
}

export function region(code: string): Promise<RegionDetail> {
  return api.get<RegionDetail>(`/regions/${code}`)
}
