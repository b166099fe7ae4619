// What the platform's API answers about applications (CA 证书申领). Times are RFC 3339 UTC, money is in 分, ids are ULIDs.

import type { Text, WriteCertificates } from '../contract'

export const KINDS = ['new', 'additional', 'renewal', 'change', 'unlock', 'replacement', 'revocation', 'suspension', 'resumption'] as const
export type Kind = (typeof KINDS)[number]

export const TYPES = ['organisation', 'business', 'legal_representative', 'handler'] as const
export type CertificateType = (typeof TYPES)[number]

export const STATES = [
  'draft', 'submitted', 'returned', 'rejected', 'awaiting_payment', 'payment_review', 'second_review', 'awaiting_originals', 'production', 'writing',
  'produced', 'shipping', 'shipped', 'active', 'withdrawn', 'closed',
] as const
export type ApplicationState = (typeof STATES)[number]

export type Duty = 'intake' | 'review' | 'second_review' | 'production' | 'dispatch' | 'finance' | 'audit'

export interface Recipient { name: string; address: string; telephone: string }
export interface Bank { account_name: string; account_number: string; bank: string }

/** A paper that a provider asks for; `form` where the platform prints it for stamping. */
export interface OfferedMaterial {
  id: string
  name: Text
  stamped: boolean
  form?: 'application' | 'authorisation' | null
  /** Only for these certificate types; absent: for all. */
  types?: CertificateType[] | null
}

/** What a provider lets one apply for here, or why it does not and where to go. */
export interface Offer {
  provider: string
  provider_name: Text
  accepted: boolean
  reason?: Text | null
  kinds: Kind[]
  types: { id: CertificateType; name: Text }[]
  years: { years: number; fee: number }[]
  /** In 分, for each kind, type and number of years. */
  fees: { kind: Kind; type: CertificateType; years: number; fee: number }[]
  payment?: 'before_review' | 'after_review' | null
  ways: ('online' | 'counter' | 'mail')[]
  materials: OfferedMaterial[]
  /** In working days. */
  promises: { review_days: number | null; production_days: number | null }
  /** Where originals are mailed to. */
  recipient?: Recipient | null
  /** Where one goes oneself. */
  counter?: Recipient | null
  bank?: Bank | null
  /** Days before expiry at which online renewal opens and closes. */
  renewal_window?: { opens_days: number; closes_days: number } | null
  /** Whether stamped originals must arrive before a key is made. */
  originals: boolean
  demo: boolean
}

export interface InvoiceWish { kind: 'ordinary' | 'special'; title: string; tax_number: string; email: string }

export interface ApplicationForm {
  organisation: string
  uscc: string
  legal_representative: string
  handler: string
  handler_phone: string
  handler_id_number?: string
  holder: string
  years: number
  recipient: string
  recipient_phone: string
  address: string
  invoice: InvoiceWish
  delivery: 'courier' | 'pick_up'
  reason?: string
}

export interface Material {
  id: string
  /** Which of the offer's papers it is. */
  material: string
  name: string
  size: number
  media_type: string
  pages?: number | null
  sha256: string
  created_at: string
  mark?: { text: string } | null
}

export interface Payment {
  id: string
  method: 'transfer' | 'gateway'
  state: 'pending' | 'reported' | 'confirmed' | 'refused' | 'refund_due' | 'refunded'
  amount: number
  memo_code: string
  bank?: Bank | null
  /** The gateway's page. */
  redirect?: string | null
  voucher?: { name: string; size?: number; at?: string } | null
  refusal?: { reason: string } | null
  confirmed_at?: string | null
  refund?: { reason: string; reference?: string | null; at?: string | null } | null
  created_at: string
}

export interface ApplicationSummary {
  id: string
  /** 受理编号 */
  number: string
  /** How it came. */
  way: 'online' | 'counter'
  provider: string
  provider_name: Text
  kind: Kind
  type: CertificateType
  state: ApplicationState
  state_text: Text
  organisation?: string | null
  holder?: string | null
  key_number?: string | null
  fee: number
  created_at: string
  updated_at: string
  due_at?: string | null
  overdue: boolean
  next: string[]
  taken_by?: string | null
}

export interface MarkedField { field: string; note: string }

export interface Shipment { courier?: string | null; number?: string | null; pick_up?: boolean | null; sent_at: string }

export interface Application extends ApplicationSummary {
  version: number
  form: Partial<ApplicationForm>
  payment_order: 'before_review' | 'after_review'
  materials: Material[]
  /** The papers that it wants. */
  papers: OfferedMaterial[]
  returned?: { at: string; fields: MarkedField[]; note?: string | null } | null
  rejection?: { reason: string } | null
  payment?: Payment | null
  originals?: { courier?: string | null; number?: string | null; sent_at?: string | null; received: boolean } | null
  shipment?: Shipment | null
  invoice?: { number?: string | null; issued_at?: string | null; requested_at?: string | null } | null
  history: { at: string; event?: string; state: ApplicationState; state_text?: Text; by_role: string; by?: string | null; note?: string | null }[]
  /** The key that it is about, where it leads to another. */
  old_key_number?: string | null
}

/** An application as an operator sees it. */
export interface OfficeApplication extends Application {
  duties: Duty[]
  conflicts: { duty: Duty; because: Text }[]
}

export interface OfficePayment extends Payment {
  application: string
  number: string
  organisation: string
  provider_name?: Text
}

export interface Queue { queue: string; name: Text; count: number; overdue: number }

export interface OutboxItem { id: string; kind: 'sms' | 'mail'; to: string; subject?: string | null; text: string; created_at: string }

export interface Progress {
  number: string
  provider_name: Text
  kind: Kind
  state: ApplicationState
  state_text: Text
  steps: { name: Text; at?: string | null; done: boolean }[]
  shipment?: Shipment | null
}

/** Why the CA would not, with the order's own code. */
export interface Refusal extends Text { code: string }

/** How far the CA is with a key's certificates; they stand in it once they are issued. */
export interface ProductionAnswer {
  state: 'begun' | 'waiting' | 'issued' | 'written' | 'refused'
  certificates?: WriteCertificates | null
  refusal?: Refusal | null
}

/** What an application about a key would disturb; counts of the organisation's open business. */
export interface OpenBusiness {
  drafts: number
  /** Sealed with this key and not handed in. */
  sealed: number
  applications: number
  deadlines: number
  next_deadline: { name: string; at: string } | null
  /** Other bound keys of the organisation. */
  other_keys: number
}
