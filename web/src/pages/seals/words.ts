// Kinds and states of seals as people read them, for both sides of the desk.

import { useTexts } from '../../i18n'

export interface SealRow {
  id: string
  name: string
  kind: string
  width_mm: number
  height_mm: number
  state: string
  version: number
  needs_approval: boolean
  picture: string
  own: boolean
  next: string[]
}

export interface SealApplication {
  id: string
  kind: string
  name: string
  person: string
  organisation: { name: string; uscc: string }
  width_mm: number
  height_mm: number
  picture: string
  state: string
  note: string
  scanned: boolean
  review_note: string | null
  submitted_at: string
  next: string[]
}

export const SEAL_TAGS: Record<string, string> = { made: 'tag--warn', enabled: 'tag--good', disabled: '', revoked: 'tag--seal', submitted: 'tag--warn', approved: 'tag--warn', rejected: 'tag--seal', withdrawn: '' }
export const APPLIED_KINDS = ['official', 'contract', 'finance', 'invoice', 'bidding', 'legal_representative', 'other'] as const

export function useSealWords() {
  return useTexts(
    {
      kinds: { official: '公章', contract: '合同专用章', finance: '财务专用章', invoice: '发票专用章', bidding: '投标专用章', legal_representative: '法定代表人名章', other: '其他', handwritten: '手绘签名' } as Record<string, string>,
      states: { made: '已制章，待启用', enabled: '启用', disabled: '停用', revoked: '已作废' } as Record<string, string>,
      steps: { submitted: '待审核', approved: '待制章', rejected: '未通过', withdrawn: '已撤回', made: '已制章' } as Record<string, string>,
      acts: { enable: '启用', disable: '停用', revoke: '作废', withdraw: '撤回', approve: '通过', reject: '不通过', make: '制章' } as Record<string, string>,
      size: (width: number, height: number) => `${width} × ${height} 毫米`,
    },
    {
      kinds: { official: 'Official seal', contract: 'Contract seal', finance: 'Finance seal', invoice: 'Invoice seal', bidding: 'Bidding seal', legal_representative: "Legal representative's seal", other: 'Other', handwritten: 'Signature by hand' } as Record<string, string>,
      states: { made: 'made, not in force yet', enabled: 'in force', disabled: 'out of force', revoked: 'revoked' } as Record<string, string>,
      steps: { submitted: 'to be reviewed', approved: 'to be made', rejected: 'refused', withdrawn: 'withdrawn', made: 'made' } as Record<string, string>,
      acts: { enable: 'Put in force', disable: 'Take out of force', revoke: 'Revoke', withdraw: 'Withdraw', approve: 'Approve', reject: 'Refuse', make: 'Make' } as Record<string, string>,
      size: (width: number, height: number) => `${width} × ${height} mm`,
    },
  )
}
