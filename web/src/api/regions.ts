// 区划: the tree of GB/T 2260 and what each area opens. Asked level by level: the whole tree has some 3,400 areas.

import type { Text } from '../contract'
import { api } from './client'
import type { NamedRegion } from './types'

export interface Region extends NamedRegion {
  level: number
  children: boolean
  parent: string | null
}

export interface RegionSettings {
  providers?: string[] | null
  application?: boolean | null
  login?: string[] | null
  drivers?: string[] | null
  notices?: Text[] | null
}

export interface RegionDetail {
  /** Absent for the platform as a whole. */
  region: (NamedRegion & { path: string }) | null
  /** What is set here; null is inherited. */
  own: RegionSettings
  /** Null: all that the platform takes. */
  providers: string[] | null
  application: boolean
  login: string[]
  drivers: string[] | null
  notices: Text[]
  /** The code of the area that each setting comes from; empty for the platform. */
  from: Record<string, string>
  version: number
}

export async function regionsOf(parent?: string): Promise<Region[]> {
  return (await api.get<{ regions: Region[] }>('/regions', { parent })).regions
}

/** The names of some regions; one that can't be had shows its code. */
export async function namesOf(codes: readonly string[]): Promise<Record<string, Text>> {
  const found = await Promise.all(codes.map((code) => region(code).then((answer) => answer.region?.name, () => undefined)))
  return Object.fromEntries(codes.map((code, at) => [code, found[at] ?? { zh: code, en: code }]))
}

export function region(code: string): Promise<RegionDetail> {
  return api.get<RegionDetail>(`/regions/${code}`)
}
