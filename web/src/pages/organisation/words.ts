// Requests of an organisation (正式供应商, 信息变更, 区划变更) as people read them, for both sides of the desk.

import type { ChangeRequest, Proposal, RequestKind, RequestState } from '../../api/people'
import type { Text } from '../../contract'
import { listed, say, useTexts } from '../../i18n'

export const REQUEST_TAGS: Record<RequestState, string> = { draft: '', submitted: 'tag--warn', returned: 'tag--seal', approved: 'tag--good', rejected: 'tag--seal', withdrawn: '' }

export function useRequestWords() {
  return useTexts(
    {
      kinds: { formal: '正式供应商注册', information: '信息变更', regions: '区划变更' } satisfies Record<RequestKind, string>,
      states: { draft: '草稿', submitted: '待审核', returned: '退回修改', approved: '已通过', rejected: '未通过', withdrawn: '已撤回' } satisfies Record<RequestState, string>,
      orgStates: { registered: '注册单位', formal: '正式供应商' } as Record<string, string>,
      orgKinds: { supplier: '供应商', purchaser: '采购单位', agency: '代理机构' } as Record<string, string>,
      fields: { name: '单位名称', legal_representative: '法定代表人', address: '注册地址', bank_name: '开户银行', bank_account: '银行账号', contact: '联系人', contact_phone: '联系电话', regions: '入驻区划' } satisfies Record<keyof Proposal, string>,
      was: '原为', uscc: '统一社会信用代码', state: '状态', kind: '类型', none: '无', material: '证明材料',
    },
    {
      kinds: { formal: 'Registration as formal supplier', information: 'Change of information', regions: 'Change of regions' },
      states: { draft: 'draft', submitted: 'to be reviewed', returned: 'returned', approved: 'approved', rejected: 'refused', withdrawn: 'withdrawn' },
      orgStates: { registered: 'registered', formal: 'formal supplier' } as Record<string, string>,
      orgKinds: { supplier: 'Supplier', purchaser: 'Purchaser', agency: 'Agency' } as Record<string, string>,
      fields: { name: 'Name', legal_representative: 'Legal representative', address: 'Registered address', bank_name: 'Bank', bank_account: 'Account number', contact: 'Contact', contact_phone: 'Telephone', regions: 'Regions' },
      was: 'before:', uscc: 'Unified social credit code', state: 'State', kind: 'Kind', none: 'none', material: 'Evidence',
    },
  )
}

/** Which papers each kind is asked for; one at least before it can be submitted. */
export const PAPERS: Record<RequestKind, readonly { id: string; name: Text }[]> = {
  formal: [{ id: 'business_licence', name: { zh: '营业执照（盖章）', en: 'Business licence (stamped)' } }, { id: 'legal_representative', name: { zh: '法定代表人身份证明', en: 'Proof of the legal representative' } }],
  information: [{ id: 'evidence', name: { zh: '变更证明（如新营业执照）', en: 'Evidence of the change, such as the new licence' } }],
  regions: [{ id: 'evidence', name: { zh: '入驻申请（盖章）', en: 'Request for the regions (stamped)' } }],
}

type Words = ReturnType<typeof useRequestWords>['value']

export const FIELDS: Record<RequestKind, readonly (keyof Proposal)[]> = {
  formal: ['legal_representative', 'address', 'bank_name', 'bank_account', 'contact', 'contact_phone', 'regions'],
  information: ['name', 'legal_representative', 'address', 'bank_name', 'bank_account'],
  regions: ['regions'],
}

/** What must be filled in; an information change needs one field that differs, whichever. */
export const MUST: Record<RequestKind, readonly (keyof Proposal)[]> = {
  formal: ['legal_representative', 'address', 'contact', 'contact_phone', 'regions'],
  information: [],
  regions: ['regions'],
}

function shown(request: ChangeRequest, field: keyof Proposal, of: Proposal): string {
  const value = of[field]
  if (!Array.isArray(value)) return value ?? ''
  return listed(value.map((code) => (request.region_names?.[code] ? say(request.region_names[code]) : code)))
}

/** The proposal field by field, with what stood there before where that differs. */
export function requestFacts(request: ChangeRequest, words: Words) {
  return FIELDS[request.kind]
    .filter((field) => request.proposal[field] !== undefined)
    .map((field) => ({ name: words.fields[field], value: shown(request, field, request.proposal), was: request.kind === 'formal' ? undefined : shown(request, field, request.before) }))
}

/** Which fields of a draft are not right yet. */
export function missing(kind: RequestKind, proposal: Proposal, before: Proposal): (keyof Proposal)[] {
  const empty = (field: keyof Proposal) => !(proposal[field]?.length)
  const wrong = MUST[kind].filter(empty)
  if (kind === 'formal' && proposal.contact_phone && !/^[\d+() -]{7,20}$/.test(proposal.contact_phone)) wrong.push('contact_phone')
  if (kind === 'information' && FIELDS.information.every((field) => (proposal[field] ?? '') === (before[field] ?? ''))) wrong.push('name')
  return [...new Set(wrong)]
}
