// A notice in a sentence, and where it leads. A kind that these pages don't know is told as a notice without words.

import { computed } from 'vue'
import type { Notice } from '../../api/types'
import { say, useTexts } from '../../i18n'
import { deviceName } from '../../lib/device'
import { dateTime, day } from '../../lib/format'
import { money } from '../applications/words'
import { bindingsPath, forcedPath, organisationPath } from '../../platform'

export interface NoticeLink { to: string | { path: string; query: Record<string, string> }; text: string; about: string }

export function useNoticeWords() {
  const t = useTexts(
    {
      near: (name: string, at: string) => `距“${name}”的截止时间（${at}）还有三个工作日或更短。请现在确认 CA 锁可用；非本平台办理的锁，请联系平台确认。`,
      confirmed: (key: string) => `平台已确认：${key} 适用于本平台。`, refused: (key: string) => `平台答复：${key} 不适用于本平台。`, application: (number: string, state: string) => `申领 ${number}：${state}。`, invoice: (number: string, invoice: string) => `申领 ${number} 的电子发票已开具，发票号码 ${invoice}。`, refunded: (number: string, fee: string, entry: string) => `申领 ${number} 的款项 ${fee} 已退回，退款流水号 ${entry}。`,
      ending: (key: string, d: string, days: number) => `CA 锁 ${key} 将于 ${d} 到期（还剩 ${days} 天）。`, affected: (a: number, b: number, c: number) => `到期会影响：未完成的签章 ${a} 份，在办申请 ${b} 件，到期之后的截止时间 ${c} 个。`,
      risk: (what: string, device: string, address: string) => `您的账户从${what}登录：${device}，${address}。如果不是您本人，请结束该登录并修改密码。`, newDevice: '新设备', newPlace: '新地点', and: '、', unknownDevice: '未知设备',
      renewed: (key: string) => `续期后的证书已自动换绑，新的 CA 锁 ID 是 ${key}。`, made: (key: string) => `CA 锁 ${key} 已绑定。`, ended: (key: string) => `CA 锁 ${key} 已解除绑定。`,
      forced: (key: string, at: string) => `有单位申请强制解绑 CA 锁 ${key}。如有异议，请在 ${at} 前提出。`, forcedState: (key: string) => `CA 锁 ${key} 的强制解绑申请有新的处理结果。`, request: '单位申请有新的处理结果。', administrator: '您已成为单位管理员。', other: '您有一条新消息', ticketAnswered: '客服答复了您的工单。', ticketClosed: '客服结束了您的工单。', ticket: '查看工单', sealAllowed: (seal: string) => `您申请使用“${seal}”，已获批准。`, sealRefused: (seal: string, note: string) => `您申请使用“${seal}”，未获批准${note ? `：${note}` : ''}。`, seals: '查看印章',
      renew: '去续期', open: '查看申请', sessions: '查看登录设备', bindings: '查看绑定',
    },
    {
      near: (name: string, at: string) => `Three working days or less are left until “${name}” (${at}). Make sure now that the key works; for a key that this platform did not sell, ask the platform.`,
      confirmed: (key: string) => `The platform confirmed: ${key} works here.`, refused: (key: string) => `The platform answered: ${key} does not suit.`, application: (number: string, state: string) => `Application ${number}: ${state}.`, invoice: (number: string, invoice: string) => `The invoice of application ${number} was issued: ${invoice}.`, refunded: (number: string, fee: string, entry: string) => `${fee} of application ${number} went back, the bank’s entry is ${entry}.`,
      ending: (key: string, d: string, days: number) => `Key ${key} expires on ${d} (${days} days left).`, affected: (a: number, b: number, c: number) => `This affects ${a} unfinished documents, ${b} applications under way and ${c} deadlines after that day.`,
      risk: (what: string, device: string, address: string) => `Your account was logged in to from ${what}: ${device}, ${address}. If it was not you, end that session and change the password.`, newDevice: 'a new device', newPlace: 'a new place', and: ' and ', unknownDevice: 'unknown device',
      renewed: (key: string) => `The renewed certificate took the old one’s place; the key number is now ${key}.`, made: (key: string) => `Key ${key} is bound.`, ended: (key: string) => `Key ${key} is released.`,
      forced: (key: string, at: string) => `Somebody asks that key ${key} be released by force. Object before ${at} if it must not.`, forcedState: (key: string) => `The forced release of key ${key} went on.`, request: 'A request of your organisation went on.', administrator: 'You are the administrator now.', other: 'A new notice', ticketAnswered: 'Support answered your ticket.', ticketClosed: 'Support closed your ticket.', ticket: 'Show the ticket', sealAllowed: (seal: string) => `You may use “${seal}” as you asked.`, sealRefused: (seal: string, note: string) => `You may not use “${seal}”${note ? `: ${note}` : ''}.`, seals: 'Show the seals',
      renew: 'Renew it', open: 'Show the application', sessions: 'Show the sessions', bindings: 'Show the bindings',
    },
  )

  function words(notice: Notice): string {
    const { facts, kind } = notice
    const w = t.value
    const key = facts.key_number ?? ''
    const owner = [facts.holder, facts.key_number].filter(Boolean).join(' · ')
    switch (kind) {
      case 'deadline_near': return w.near(facts.name ?? '', dateTime(facts.at))
      case 'application_state': return facts.state_text ? w.application(facts.number ?? '', say(facts.state_text)) : w.other
      case 'invoice_issued': return w.invoice(facts.number ?? '', facts.invoice ?? '')
      case 'payment_refunded': return w.refunded(facts.number ?? '', money(facts.amount ?? 0), facts.reference ?? '')
      case 'certificate_ending': return w.ending(key, day(facts.not_after), facts.days ?? 0)
      case 'enquiry_answered': return facts.state === 'confirmed' ? w.confirmed(owner) : w.refused(owner)
      case 'login_risk': return w.risk([facts.new_device && w.newDevice, facts.new_place && w.newPlace].filter(Boolean).join(w.and) || w.newPlace, facts.device ? deviceName(facts.device) : w.unknownDevice, facts.address ?? '')
      case 'binding_renewed': return w.renewed(key)
      case 'binding_created': return w.made(key)
      case 'binding_ended': return w.ended(key)
      case 'forced_unbinding_against': return facts.waits_until ? w.forced(key, dateTime(facts.waits_until)) : w.forcedState(key)
      case 'forced_unbinding_asked': return w.forcedState(key)
      case 'organisation_request': return w.request
      case 'administrator': return w.administrator
      case 'ticket_answered': return w.ticketAnswered
      case 'ticket_closed': return w.ticketClosed
      case 'seal_use': return facts.approved ? w.sealAllowed(facts.seal ?? '') : w.sealRefused(facts.seal ?? '', facts.note ?? '')
      default: return w.other
    }
  }

  /** What an expiry reaches, where there is anything. */
  function affected({ kind, facts }: Notice): string | null {
    const open = kind === 'certificate_ending' ? facts.open : null
    return open && open.drafts + open.applications + open.deadlines > 0 ? t.value.affected(open.drafts, open.applications, open.deadlines) : null
  }

  function link({ kind, facts }: Notice): NoticeLink | null {
    const w = t.value
    const about = facts.key_number ?? facts.number ?? ''
    if (facts.application) return { to: `/applications/${facts.application}`, text: w.open, about }
    if (facts.ticket) return { to: `/tickets/${facts.ticket}`, text: w.ticket, about: '' }
    if (kind === 'certificate_ending') return { to: { path: '/applications/new', query: { provider: facts.provider ?? '', kind: 'renewal', key: facts.key_number ?? '' } }, text: w.renew, about }
    if (kind === 'login_risk') return { to: bindingsPath().replace(/\/(ca\/)?bindings$/, '/security'), text: w.sessions, about: deviceName(facts.device ?? '') }
    if (kind.startsWith('binding_')) return { to: bindingsPath(), text: w.bindings, about }
    if (kind.startsWith('forced_unbinding')) return { to: forcedPath(), text: w.open, about }
    if (kind === 'seal_use') return { to: bindingsPath().replace(/\/(ca\/)?bindings$/, '/seals'), text: w.seals, about: facts.seal ?? '' }
    if (kind === 'organisation_request' && facts.request) return { to: `${organisationPath()}/${facts.request}`, text: w.open, about }
    return null
  }

  return computed(() => ({ words, affected, link }))
}
