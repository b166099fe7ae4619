// What the platform's API answers about people and organisations: accounts, departments, sessions, requests. Times are RFC 3339 UTC.

import type { Text } from '../contract'
import type { Duty } from './applications'
import type { AccountName, NamedProvider, NamedRegion, OrganisationKind } from './types'

export const ROLES = ['administrator', 'handler', 'seal_keeper', 'finance', 'reader'] as const
export type Role = (typeof ROLES)[number]

export type AccountState = 'invited' | 'active' | 'locked' | 'left'
export type CaLogin = 'allowed' | 'disabled' | 'required'

export interface DepartmentName { id: string; name: string }

/** An account of one's organisation, as its administrator sees it. */
export interface Person extends AccountName {
  /** Masked. */
  phone: string
  role: Role
  state: AccountState
  department: DepartmentName | null
  /** How many keys are bound to it. */
  keys: number
  ca_login: CaLogin
  last_login_at: string | null
  version: number
}

export interface Department extends DepartmentName {
  parent: string | null
  people: number
  version?: number
}

export interface OwnSession {
  id: string
  current: boolean
  method: 'password' | 'phone' | 'certificate'
  device: string
  address: string
  created_at: string
  last_seen_at: string
  new_device: boolean
  new_place: boolean
  risk?: string | null
}

export interface Preferences {
  mail: { email: string | null; kinds: string[] }
  large_text: boolean
}

export interface Todo extends Text { kind: string; link: string | null; at: string | null }

export type RequestKind = 'formal' | 'information' | 'regions'
export type RequestState = 'draft' | 'submitted' | 'returned' | 'approved' | 'rejected' | 'withdrawn'

/** The fields that an organisation may ask to have changed. */
export interface Proposal {
  name?: string
  legal_representative?: string
  address?: string
  bank_name?: string
  bank_account?: string
  contact?: string
  contact_phone?: string
  regions?: string[]
}

export interface StoredMaterial {
  id: string
  material: string
  name: string
  size: number
  media_type: string
  created_at: string
}

export interface HistoryEntry { at: string; state: string; by_role: string; by?: string | null; note?: string | null }

export interface ChangeRequest {
  id: string
  kind: RequestKind
  state: RequestState
  version: number
  proposal: Proposal
  /** The values when it was begun. */
  before: Proposal
  materials: StoredMaterial[]
  /** The names of its regions, as far as they were asked. */
  region_names?: Record<string, Text>
  note?: string | null
  decision?: { by_role: string; at: string; note?: string | null } | null
  created_at: string
  history: HistoryEntry[]
  next: string[]
  organisation?: { id: string; name: string; uscc: string }
}

export interface OrganisationDetail {
  id: string
  name: string
  uscc: string
  kind: OrganisationKind
  state: 'registered' | 'formal'
  legal_representative?: string | null
  address?: string | null
  bank_name?: string | null
  bank_account?: string | null
  contact?: string | null
  contact_phone?: string | null
  regions: NamedRegion[]
  version: number
  created_at?: string
  accounts?: number
  bindings?: number
}

export interface OrganisationAnswer {
  organisation: OrganisationDetail
  requests: ChangeRequest[]
  history: HistoryEntry[]
}

export type ForcedState = 'draft' | 'submitted' | 'first_approved' | 'waiting' | 'done' | 'objected' | 'rejected' | 'withdrawn'

export interface ForcedUnbinding {
  id: string
  state: ForcedState
  /** As whom the caller sees it. */
  seen_as: 'requester' | 'owner' | 'operator'
  key_number: string
  provider: NamedProvider
  requested_by: { organisation: string; account?: string | null }
  owner: { organisation: string; account?: string | null }
  reason: string
  objection?: string | null
  rejection?: string | null
  waits_until?: string | null
  materials: StoredMaterial[]
  created_at: string
  history: HistoryEntry[]
  next: string[]
}

export interface Operator {
  id: string
  /** What one logs in with. */
  name: string
  person: string
  phone: string
  class: 'business' | 'audit' | 'system'
  duties: Duty[]
  second_factor: boolean
  ended_at: string | null
  version: number
}
