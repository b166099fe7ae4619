// What the platform's API answers. Times are RFC 3339 UTC, ids are ULIDs.

import type { SealVariant, Text } from '../contract'

export interface Capabilities {
  bind: boolean
  login: boolean
  seal: boolean
}

export interface Hotline {
  numbers: string[]
  areas?: string[]
  note?: Text | null
}

export interface Driver {
  kind: string
  name: Text
  page?: string | null
  updated?: string | null
  parts?: string[]
  antivirus_off?: boolean
  key_unplugged?: boolean
  keep_installed?: boolean
}

/** The client that stands in front of several providers' keys, such as 省统一CA. */
export interface UnifiedClient {
  id: string
  name: Text
  short_name: Text
  version: string | null
  page: string | null
  /** What to install, in this order: `client`, `driver`, `seal_client`. */
  order: string[]
  note: Text | null
}

export interface Provider {
  id: string
  name: Text
  company: string | null
  channel: { kind: 'direct' } | { kind: 'unified'; client: UnifiedClient }
  capabilities: Capabilities
  hotlines: Hotline[]
  site: string | null
  note: Text | null
  drivers: Driver[]
  /** A demonstration CA stands in for it here. */
  demo: boolean
}

export interface Platform {
  id: string
  name: Text
  full_name?: Text
  colours: { primary: string; primary_dark: string; accent: string }
  style: 'personal_centre' | 'system_management'
  hotline?: string | null
  agent_ports: number[]
  providers: Provider[]
}

export interface SessionAccount {
  id: string
  /** What one logs in with. */
  name: string
  /** The person's name. */
  person: string
  role: string
  phone: string
  phone_verified: boolean
}

export interface Organisation {
  name: string
  uscc: string
}

export interface Session {
  account: SessionAccount
  organisation: Organisation
  logged_in_by: {
    method: string
    key_number?: string | null
    /** A stable word for what was accepted by policy, such as a revocation answer that is some hours old. */
    risk?: string | null
  }
}

export interface Challenge {
  challenge: string
  nonce: string
  intent: string
  expires_at: string
}

/** A provider by its id; without a name once the catalogue has dropped it. */
export interface NamedProvider {
  id: string
  name: Text | null
}

export interface BindingProof {
  id: string
  key_number: string
  provider: NamedProvider
  holder: string
  organisation: string
  not_after: string
  expires_at: string
}

/** An account as lists show it: what one logs in with, and the person's name. */
export interface AccountName {
  id: string
  account: string
  name: string
}

export interface Binding {
  id: string
  account: AccountName
  provider: NamedProvider
  key_number: string
  not_after: string | null
  bound_by: string
  bound_at: string
}

export interface Page<T> {
  items: T[]
  total: number
}

export type DocumentState = 'draft' | 'sealed' | 'published'

export interface DocumentSummary {
  id: string
  name: string
  size: number
  pages: number
  state: DocumentState
  created_at: string
}

/** A page with its size as displayed: the turn that the file asks for is in it already. */
export interface DocumentPage {
  number: number
  width_pt: number
  height_pt: number
}

export interface Sealing {
  id: string
  page: number
  x_mm: number
  y_mm: number
  seal: { id: string; name: string }
  key_number?: string | null
  signed_at?: string | null
}

/** A document with its pages and what was sealed on it. */
export interface DocumentDetail extends Omit<DocumentSummary, 'pages'> {
  pages: DocumentPage[]
  sealings: Sealing[]
}

export interface Seal {
  id: string
  name: string
  width_mm: number
  height_mm: number
}

export interface PreparedSealing {
  id: string
  intent: string
  variants: SealVariant[]
}
