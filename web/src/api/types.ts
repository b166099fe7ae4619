// What the platform's API answers. Times are RFC 3339 UTC, ids are ULIDs.

import type { SealVariant, Text } from '../contract'
import type { Duty } from './applications'

export interface Capabilities {
  bind: boolean
  login: boolean
  seal: boolean
}

export interface Hotline {
  numbers: string[]
  areas?: string[]
  hours?: Text | null
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
  policies?: {
    /** `with_that_key`: only a session that was opened with the key releases it. */
    unbind?: 'owner_or_administrator' | 'with_that_key'
    who_binds?: 'self' | 'administrator' | 'both'
    phone_login?: boolean
    /** In working days. */
    forced_unbinding_days?: number
    staff_second_factor?: 'optional' | 'required'
  }
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
  ca_login?: string
}

/** An administrative area by its code (GB/T 2260). */
export interface NamedRegion {
  code: string
  name: Text
}

export interface Organisation {
  id?: string
  name: string
  uscc: string
  /** Registered, or 正式供应商. */
  state?: 'registered' | 'formal'
  kind?: OrganisationKind
}

export type OrganisationKind = 'supplier' | 'purchaser' | 'agency'

export interface Session {
  account: SessionAccount
  /** An operator (平台运营) has none. */
  organisation: Organisation | null
  /** What an operator may do with applications. */
  operator?: { duties: Duty[]; class?: 'business' | 'audit' | 'system'; second_factor?: { set_up: boolean; required: boolean; shown: boolean } } | null
  /** The code of the region that was chosen at login. */
  region?: string | null
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
  /** The key whose binding goes on with this one: a renewal of the same holder. */
  renews?: string | null
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
  holder?: string | null
  organisation?: string | null
  state?: 'good' | 'expiring' | 'expired' | 'revoked' | 'undetermined'
  chain?: ChainLink[]
}

/** One of the certificates that a binding had, the newest last. */
export interface ChainLink {
  key_number?: string
  certificate_sha256: string
  serial: string
  not_before: string
  not_after: string
  since: string
  how: 'bound' | 'renewed'
}

/** What happened to a key number here. */
export interface BindingDeed {
  binding: string
  at: string
  event: 'bound' | 'continued' | 'certificate_renewed' | 'released' | 'renewed' | 'left' | 'forced' | 'holder_changed'
  by_role: string
  by?: string | null
  key_number: string
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
  format?: 'pdf' | 'ofd'
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
  /** Every place of the signature, strips included. */
  places?: { page: number; x_mm: number; y_mm: number; width_mm: number; height_mm: number; seal_id?: string }[]
  /** The last seal: nothing may be added after it. */
  certified?: boolean
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
  needs_approval?: boolean
}

export interface PreparedSealing {
  id: string
  intent: string
  variants: SealVariant[]
}

/** A package as the downloads page shows it: one that the operator uploaded, or what the catalogue knows of one elsewhere. */
export interface Download {
  id: string
  source: 'uploaded' | 'catalogue'
  owner: { kind: 'provider' | 'client' | 'agent'; id: string; name: Text }
  kind: 'bundle' | 'client' | 'driver' | 'seal_client'
  name: Text
  version: string | null
  /** 最近更新日期: `2021-05-06` or `2021-05`. */
  updated: string | null
  /** Empty: not said. */
  systems: string[]
  parts: string[]
  antivirus_off: boolean
  key_unplugged: boolean
  keep_installed: boolean
  notes: Text[]
  page: string | null
  file: { name: string | null; size: number | null; sha256: string | null; href: string } | null
  signature: { state: 'none' } | { state: 'verified'; signer: string; anchor: string; at: string } | { state: 'announced'; signer: string }
  regions: Text[]
  /** Whose keys it is for; empty: everybody's. */
  providers: string[]
}

export interface RegionCard {
  name: Text
  updated: string | null
  count: number
  providers: string[]
}

export interface Downloads extends Page<Download> {
  regions: RegionCard[]
  systems: string[]
}

export type CheckAnswer = 'passed' | 'failed' | 'indeterminate' | 'not_applicable'

interface Answer {
  result: CheckAnswer
  code: string | null
  reason: Text | null
  remedy: Text | null
}

/** What the platform says of a certificate. */
export interface KeyReport {
  verdict: 'fits' | 'partly' | 'refused' | 'undetermined'
  certificate: { subject: string; issuer: string; serial: string; not_before: string; not_after: string; family: string | null }
  provider: { id: string; name: Text; site: string | null; note: Text | null; sold_here: boolean } | null
  key_number: string | null
  holder: string
  organisation: string | null
  checks: (Answer & { aspect: 'provider' | 'usage' | 'product' | 'validity' | 'path' | 'revocation' | 'identity' })[]
  may: (Answer & { operation: 'bind' | 'login' | 'seal' })[]
  bound: 'own' | null
  call: { who: 'provider' | 'platform'; name: Text; hotlines: Hotline[] }[]
  checked_at: string
}

export interface Enquiry {
  id: string
  provider: NamedProvider | null
  key_number: string | null
  holder: string
  report: KeyReport
  note: string
  state: 'asked' | 'confirmed' | 'not_suitable'
  answer: string | null
  asked_at: string
  answered_at: string | null
  asked_by?: { organisation: string; uscc: string; person: string; phone: string }
  answered_by?: string | null
}

export interface Deadline {
  id: string
  name: string
  at: string
  remind_at: string
  reminded_at: string | null
  /** Where not, weekends alone were counted. */
  holidays_known: boolean
}

/** What a notice is about; each kind has its own, and unknown kinds are shown as a notice without words. */
export interface NoticeFacts {
  name?: string | null
  at?: string | null
  holder?: string | null
  key_number?: string | null
  state?: string | null
  answer?: string | null
  /** Of `application_state`. */
  application?: string | null
  number?: string | null
  state_text?: Text | null
  note?: string | null
  /** Of `invoice_issued`: its number. */
  invoice?: string | null
  /** Of `payment_refunded`: 分, and the bank's entry. */
  amount?: number | null
  reference?: string | null
  /** Of `login_risk`: what was new. */
  device?: string | null
  address?: string | null
  new_device?: boolean | null
  new_place?: boolean | null
  by?: string | null
  reason?: string | null
  waits_until?: string | null
  forced_unbinding?: string | null
  request?: string | null
  /** Of `seal_use`: the seal's name, and the decision. */
  seal?: string | null
  approved?: boolean | null
  ticket?: string | null
  /** Of `certificate_ending`. */
  provider?: string | null
  not_after?: string | null
  days?: number | null
  open?: { drafts: number; applications: number; deadlines: number } | null
}

export interface Notice {
  id: string
  kind: string
  subject: string
  facts: NoticeFacts
  created_at: string
  read: boolean
}

export interface Notices extends Page<Notice> {
  unread: number
}

/** An uploaded package as the operator sees it. */
export interface OperatorPackage {
  id: string
  owner_kind: 'provider' | 'client' | 'agent'
  owner_id: string
  kind: Download['kind']
  system: string
  name: Text
  version: string
  updated: string
  parts: string[]
  antivirus_off: boolean
  key_unplugged: boolean
  keep_installed: boolean
  file: { name: string; size: number; sha256: string }
  signature: { signer: string; anchor: string; at: string } | null
  state: 'draft' | 'published' | 'withdrawn'
  uploaded_by: string
  uploaded_at: string
  published_at: string | null
  withdrawn_at: string | null
}

export interface PackageAnchor {
  id: string
  name: string
  subject: string
  not_after: string | null
  sha256: string
  added_at: string
}
