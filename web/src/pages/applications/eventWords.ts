// What happened to an application, by the event's stable word in its history. A word that is missing here is shown as
// the state that it led to.

import type { Locale } from '../../i18n'

export const eventWords: Partial<Record<string, Record<Locale, string>>> = {
  begun: { zh: '填写草稿', en: 'Draft begun' },
  edited: { zh: '修改', en: 'Edited' },
  submitted: { zh: '提交申请', en: 'Submitted' },
  withdrawn: { zh: '撤回', en: 'Withdrawn' },
  review_passed: { zh: '审核通过', en: 'Review passed' },
  review_returned: { zh: '审核退回补正', en: 'Returned by the review' },
  review_rejected: { zh: '审核驳回', en: 'Rejected by the review' },
  second_review_passed: { zh: '复核通过', en: 'Second review passed' },
  second_review_returned: { zh: '复核退回补正', en: 'Returned by the second review' },
  second_review_rejected: { zh: '复核驳回', en: 'Rejected by the second review' },
  payment_begun: { zh: '发起付款', en: 'Payment begun' },
  voucher_uploaded: { zh: '上传汇款凭证', en: 'Voucher uploaded' },
  payment_confirmed: { zh: '付款到账', en: 'Payment arrived' },
  payment_refused: { zh: '付款未确认', en: 'Payment not confirmed' },
  payment_mismatch: { zh: '到账金额不符，待退款', en: 'Another amount arrived; it goes back' },
  refunded: { zh: '已退款', en: 'Refunded' },
  originals_sent: { zh: '寄出盖章原件', en: 'Originals sent' },
  originals_received: { zh: '收到盖章原件', en: 'Originals received' },
  production_begun: { zh: '开始制证', en: 'Production begun' },
  written: { zh: '证书写入并回读核对', en: 'Certificates written and read back' },
  packed: { zh: '打印标签，待寄出', en: 'Label printed' },
  shipped: { zh: '寄出或可领取', en: 'Sent, or ready to be picked up' },
  received: { zh: '确认收货', en: 'Receipt confirmed' },
  unlocked: { zh: '解锁完成', en: 'Unlocked' },
  unlock_code_given: { zh: '生成解锁授权码', en: 'Unlocking code made' },
  order_done: { zh: 'CA 办理完成', en: 'Carried out by the CA' },
  order_refused: { zh: 'CA 未受理', en: 'Refused by the CA' },
  invoice_requested: { zh: '申请开具发票', en: 'Invoice asked for' },
  invoice_issued: { zh: '开具电子发票', en: 'Invoice issued' },
}
