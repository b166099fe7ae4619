// The rules of an application's form, asked while one types; the server holds the same ones and has the last word.
// Which fields there are depends on the kind: a renewal goes to the key at hand and needs no address, an unlock or a
// revocation needs a reason and whom to call.

import type { ApplicationForm, CertificateType, Kind } from '../../api/applications'
import { normaliseUscc, usccProblem } from '../../lib/uscc'

export type FieldName =
  | 'organisation' | 'uscc' | 'legal_representative' | 'handler' | 'handler_phone' | 'handler_id_number' | 'holder' | 'years' | 'reason'
  | 'delivery' | 'recipient' | 'recipient_phone' | 'address' | 'invoice.kind' | 'invoice.title' | 'invoice.tax_number' | 'invoice.email'

export type FieldProblem = 'missing' | 'long' | 'uscc_length' | 'uscc_character' | 'uscc_check' | 'holder' | 'address' | 'phone' | 'id_number' | 'email' | 'years'

/** Kinds that end with a key which must reach somebody. */
export function isSent(kind: Kind): boolean {
  return kind === 'new' || kind === 'additional' || kind === 'replacement' || kind === 'change'
}

/** Kinds about a key that there is already. */
export function needsKey(kind: Kind): boolean {
  return kind !== 'new' && kind !== 'additional'
}

/** Kinds that cost something and last for years. */
export function isPaid(kind: Kind): boolean {
  return isSent(kind) || kind === 'renewal'
}

/** Kinds that want a reason. */
export function needsReason(kind: Kind): boolean {
  return kind === 'revocation' || kind === 'suspension' || kind === 'resumption' || kind === 'change'
}

/** The fields of a form in the order in which they stand. */
export function fieldsOf(kind: Kind, type: CertificateType, delivery: ApplicationForm['delivery']): FieldName[] {
  return [
    'organisation',
    'uscc',
    ...(isPaid(kind) ? (['legal_representative'] as const) : []),
    'handler',
    'handler_phone',
    'handler_id_number',
    ...(needsReason(kind) ? (['reason'] as const) : []),
    ...(isPaid(kind) && type === 'business' ? (['holder'] as const) : []),
    ...(isPaid(kind) ? (['years'] as const) : []),
    ...(isSent(kind) ? (['delivery', ...(delivery === 'courier' ? (['recipient', 'recipient_phone', 'address'] as const) : [])] as const) : []),
    ...(isPaid(kind) ? (['invoice.kind', 'invoice.title', 'invoice.tax_number', 'invoice.email'] as const) : []),
  ]
}

/** A mainland identity card, GB 11643-1999: 17 digits and a check character (ISO 7064, MOD 11-2). */
export function idNumberGood(text: string): boolean {
  if (!/^\d{17}[\dX]$/.test(text)) return false
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
  const sum = weights.reduce((total, weight, i) => total + weight * Number(text[i]), 0)
  return '10X98765432'[sum % 11] === text[17]
}

const lengths: Partial<Record<FieldName, number>> = { organisation: 100, legal_representative: 60, holder: 100, handler: 60, recipient: 60, address: 200, reason: 200, 'invoice.title': 100, 'invoice.tax_number': 20, 'invoice.email': 100 }

/** A field's value as text. */
export function valueOf(form: ApplicationForm, field: FieldName): string {
  if (field.startsWith('invoice.')) return String(form.invoice[field.slice(8) as keyof ApplicationForm['invoice']] ?? '')
  return String(form[field as Exclude<keyof ApplicationForm, 'invoice'>] ?? '')
}

/** What people type with a phone: spaces, dashes, full-width digits. */
export function normalisePhone(text: string): string {
  return text.normalize('NFKC').replace(/[\s-]/g, '')
}

/** What is wrong with a field, or `null`. */
export function fieldProblem(form: ApplicationForm, field: FieldName, years: readonly number[]): FieldProblem | null {
  const value = valueOf(form, field).trim()
  const longest = lengths[field]
  if (longest && [...value].length > longest) return 'long'
  switch (field) {
    case 'handler_id_number': {
      const id = value.normalize('NFKC').toUpperCase()
      return id === '' || idNumberGood(id) ? null : 'id_number'
    }
    case 'years':
      return years.includes(form.years) ? null : 'years'
    case 'uscc':
    case 'invoice.tax_number': {
      if (!value) return 'missing'
      const problem = usccProblem(normaliseUscc(value))
      return problem ? `uscc_${problem}` : null
    }
    // A business seal carries the organisation's name and may add its own.
    case 'holder':
      return !value ? 'missing' : value.startsWith(form.organisation.trim()) ? null : 'holder'
    case 'handler_phone':
    case 'recipient_phone':
      return !value ? 'missing' : /^1[3-9]\d{9}$/.test(normalisePhone(value)) ? null : 'phone'
    case 'address':
      return !value ? 'missing' : [...value].length < 5 ? 'address' : null
    case 'invoice.email':
      return !value ? 'missing' : /^[^\s@]+@[^\s@]+\.[^\s@]{2,}$/.test(value) ? null : 'email'
    default:
      return value ? null : 'missing'
  }
}

/** Whom the certificate names; of a business certificate, what was typed. */
function holderOf(form: ApplicationForm, type: CertificateType): string {
  switch (type) {
    case 'legal_representative':
      return form.legal_representative.trim()
    case 'handler':
      return form.handler.trim()
    case 'business':
      return form.holder.trim() || form.organisation.trim()
    case 'organisation':
      return form.organisation.trim()
  }
}

/** The form as it is sent: on one line each, trimmed, codes and phones in their normal form. */
export function normalised(form: ApplicationForm, type: CertificateType): ApplicationForm {
  const id = form.handler_id_number?.normalize('NFKC').trim().toUpperCase()
  const reason = form.reason?.replace(/\s+/g, ' ').trim()
  return {
    ...form,
    organisation: form.organisation.trim(),
    uscc: normaliseUscc(form.uscc),
    legal_representative: form.legal_representative.trim(),
    handler: form.handler.trim(),
    handler_phone: normalisePhone(form.handler_phone),
    handler_id_number: id || undefined,
    holder: holderOf(form, type),
    recipient: form.recipient.trim(),
    recipient_phone: normalisePhone(form.recipient_phone),
    address: form.address.trim(),
    reason: reason || undefined,
    invoice: { ...form.invoice, title: form.invoice.title.trim(), tax_number: normaliseUscc(form.invoice.tax_number), email: form.invoice.email.trim() },
  }
}

/** A form from what the server kept of it, where a draft may lack fields: those are taken from `known`. */
export function completed(kept: Partial<ApplicationForm> | null | undefined, known: Partial<ApplicationForm> = {}): ApplicationForm {
  const filled = Object.fromEntries(Object.entries(kept ?? {}).filter(([, value]) => value !== '' && value !== null && value !== 0))
  const invoice: Partial<ApplicationForm['invoice']> = kept?.invoice ?? {}
  return {
    organisation: '', uscc: '', legal_representative: '', handler: '', handler_phone: '', handler_id_number: '', holder: '', recipient: '', recipient_phone: '', address: '', reason: '',
    ...known,
    ...filled,
    years: kept?.years || known.years || 1,
    delivery: kept?.delivery || 'courier',
    invoice: { title: '', tax_number: '', email: '', ...invoice, ...(invoice.title ? {} : { title: known.organisation ?? '', tax_number: known.uscc ?? '' }), kind: invoice.kind || 'ordinary' },
  }
}
