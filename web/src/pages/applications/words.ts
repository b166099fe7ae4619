// The words of applications that several pages share: kinds, certificate types, states, money.

import type { ApplicationState, CertificateType, Duty, Kind } from '../../api/applications'
import type { Locale } from '../../i18n'

type Words = Record<Locale, string>

export const kindWords: Record<Kind, Words> = {
  new: { zh: '新办', en: 'New key' },
  additional: { zh: '增加', en: 'Additional key' },
  renewal: { zh: '续期', en: 'Renewal' },
  change: { zh: '变更', en: 'Change' },
  unlock: { zh: '解锁', en: 'Unlock' },
  replacement: { zh: '补办', en: 'Replacement' },
  revocation: { zh: '吊销', en: 'Revocation' },
  suspension: { zh: '挂起', en: 'Suspension' },
  resumption: { zh: '解除挂起', en: 'Resumption' },
}

/** When each is the right one, in a sentence. */
export const kindHints: Record<Kind, Words> = {
  new: { zh: '单位第一次办理 CA 锁', en: 'The organisation’s first key' },
  additional: { zh: '已有 CA 锁，再办一把', en: 'One more key beside those there are' },
  renewal: { zh: 'CA 锁快到期，在原锁上延长', en: 'The key is about to expire: new certificates on the same key' },
  change: { zh: '单位名称等信息有变化', en: 'The organisation’s name or data changed' },
  unlock: { zh: 'PIN 码输错次数过多，锁已锁死', en: 'The key is locked after too many wrong PINs' },
  replacement: { zh: 'CA 锁遗失或损坏：吊销旧锁，重新制作', en: 'The key is lost or broken: the old one is revoked, a new one made' },
  revocation: { zh: '不再使用，永久作废', en: 'Not used any more: void for good' },
  suspension: { zh: '暂时停用，之后可以恢复', en: 'Out of use for a while, can be resumed' },
  resumption: { zh: '恢复已挂起的 CA 锁', en: 'Take a suspended key into use again' },
}

export const typeWords: Record<CertificateType, Words> = {
  organisation: { zh: '机构证书', en: 'Organisation' },
  business: { zh: '机构业务证书', en: 'Organisation, business' },
  legal_representative: { zh: '法人证书', en: 'Legal representative' },
  handler: { zh: '经办人证书', en: 'Handler' },
}

export const stateWords: Record<ApplicationState, Words> = {
  draft: { zh: '草稿', en: 'Draft' },
  submitted: { zh: '待审核', en: 'In review' },
  returned: { zh: '退回补正', en: 'Returned to mend' },
  rejected: { zh: '驳回', en: 'Rejected' },
  awaiting_payment: { zh: '待支付', en: 'To be paid' },
  payment_review: { zh: '待财务确认', en: 'Payment being confirmed' },
  second_review: { zh: '待复核', en: 'Second review' },
  awaiting_originals: { zh: '待收原件', en: 'Waiting for originals' },
  production: { zh: '待制证', en: 'To be produced' },
  writing: { zh: '待写入', en: 'To be written' },
  produced: { zh: '已制证', en: 'Produced' },
  shipping: { zh: '待寄出/自取', en: 'To be sent' },
  shipped: { zh: '待收货', en: 'On its way' },
  active: { zh: '已生效', en: 'In force' },
  withdrawn: { zh: '已撤回', en: 'Withdrawn' },
  closed: { zh: '已办结', en: 'Done' },
}

export const dutyWords: Record<Duty, Words> = {
  intake: { zh: '录入', en: 'Intake' },
  review: { zh: '审核', en: 'Review' },
  second_review: { zh: '复核', en: 'Second review' },
  production: { zh: '制证', en: 'Production' },
  dispatch: { zh: '发货', en: 'Dispatch' },
  finance: { zh: '财务', en: 'Finance' },
  audit: { zh: '审计', en: 'Audit' },
}

/** How a state looks as a tag: green is done, amber waits for the applicant, red ended badly. */
export function stateTone(state: ApplicationState): '' | 'tag--good' | 'tag--warn' | 'tag--seal' {
  switch (state) {
    case 'active':
    case 'closed':
      return 'tag--good'
    case 'rejected':
    case 'withdrawn':
      return 'tag--seal'
    case 'draft':
    case 'returned':
    case 'awaiting_payment':
    case 'awaiting_originals':
    case 'writing':
    case 'shipped':
      return 'tag--warn'
    default:
      return ''
  }
}

/** 分 as `¥ 200.00`. */
export function money(fen: number): string {
  const sign = fen < 0 ? '−' : ''
  const whole = Math.floor(Math.abs(fen) / 100).toString().replace(/(\d)(?=(\d{3})+$)/g, '$1,')
  return `${sign}¥ ${whole}.${String(Math.abs(fen) % 100).padStart(2, '0')}`
}

/** `200` or `200.5` as a person types it, in 分; `null` where it is no amount. */
export function fenOf(text: string): number | null {
  const found = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(text.normalize('NFKC').replace(/[,\s¥￥元]/g, ''))
  return found ? Number(found[1]) * 100 + Number((found[2] ?? '').padEnd(2, '0')) : null
}
