// The states of a forced unbinding, and which papers it wants.

import type { ForcedState } from '../../api/people'
import { useTexts } from '../../i18n'

export const FORCED_TAGS: Record<ForcedState, string> = {
  draft: '', submitted: 'tag--warn', first_approved: 'tag--warn', waiting: 'tag--warn', done: 'tag--good', objected: 'tag--seal', rejected: 'tag--seal', withdrawn: '',
}

export function useForcedWords() {
  return useTexts(
    {
      states: { draft: '草稿', submitted: '待审核', first_approved: '待复核', waiting: '等待期', done: '已解绑', objected: '原绑定方有异议', rejected: '未通过', withdrawn: '已撤回' } satisfies Record<ForcedState, string>,
      sides: { requester: '我方申请', owner: '我方的锁', operator: '' },
      number: 'CA 锁 ID', provider: 'CA 服务商', claimant: '申请方', owner: '原绑定方', reason: '申请理由', objection: '异议', rejection: '未通过原因', waits: '等待期至', made: '申请时间', state: '状态', actions: '操作', open: '查看',
    },
    {
      states: { draft: 'draft', submitted: 'to be reviewed', first_approved: 'second review', waiting: 'waiting time', done: 'released', objected: 'objected to', rejected: 'refused', withdrawn: 'withdrawn' },
      sides: { requester: 'asked by us', owner: 'our key', operator: '' },
      number: 'Key number', provider: 'CA', claimant: 'Claimant', owner: 'Present owner', reason: 'Reason', objection: 'Objection', rejection: 'Why refused', waits: 'Waits until', made: 'Asked at', state: 'State', actions: 'Action', open: 'Show',
    },
  )
}
