// What tickets are called: their states, whom they go to, how they ended.

import { useTexts } from '../../i18n'
import type { TicketState } from '../../api/tickets'

export const TICKET_TAGS: Record<TicketState, string> = { open: 'tag--warn', answered: 'tag--good', closed: '' }

export function useTicketWords() {
  return useTexts(
    {
      states: { open: '待答复', answered: '已答复', closed: '已结束' },
      routes: { platform: '平台客服', ca: 'CA 机构' },
      resolutions: { self: '按步骤自行解决', helped: '答复后解决', not: '没有解决' },
      desk: '客服', asker: '提问人', phone: '电话', qq: 'QQ', wechat: '微信', code: '错误代码', case: '故障', provider: 'CA 机构', version: '客户端版本', none: '未知',
    },
    {
      states: { open: 'Waiting', answered: 'Answered', closed: 'Closed' },
      routes: { platform: 'Platform', ca: 'CA' },
      resolutions: { self: 'mended by the steps', helped: 'the answer helped', not: 'not mended' },
      desk: 'Support', asker: 'Asker', phone: 'Telephone', qq: 'QQ', wechat: 'WeChat', code: 'Code', case: 'Failure', provider: 'CA', version: 'Client', none: 'unknown',
    },
  )
}
