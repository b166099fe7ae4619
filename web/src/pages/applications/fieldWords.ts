// The names of a form's fields, and what is said where one is wrong.

import type { FieldName, FieldProblem } from './rules'
import type { Locale } from '../../i18n'

type Words = Record<Locale, string>

export const fieldWords: Record<FieldName, Words> = {
  organisation: { zh: '单位名称', en: 'Organisation' },
  uscc: { zh: '统一社会信用代码', en: 'Unified social credit code' },
  legal_representative: { zh: '法定代表人', en: 'Legal representative' },
  holder: { zh: '证书持有人', en: 'Certificate holder' },
  handler: { zh: '经办人', en: 'Handler' },
  handler_phone: { zh: '经办人手机号', en: 'Handler’s mobile' },
  handler_id_number: { zh: '经办人身份证号', en: 'Handler’s identity number' },
  reason: { zh: '办理原因', en: 'Reason' },
  years: { zh: '有效期', en: 'Valid for' },
  delivery: { zh: '领取方式', en: 'Delivery' },
  recipient: { zh: '收件人', en: 'Recipient' },
  recipient_phone: { zh: '收件人电话', en: 'Recipient’s telephone' },
  address: { zh: '收件地址', en: 'Address' },
  'invoice.kind': { zh: '发票类型', en: 'Invoice' },
  'invoice.title': { zh: '发票抬头', en: 'Invoice title' },
  'invoice.tax_number': { zh: '纳税人识别号', en: 'Tax number' },
  'invoice.email': { zh: '接收邮箱', en: 'Mail for the invoice' },
}

export const fieldHints: Partial<Record<FieldName, Words>> = {
  organisation: { zh: '与营业执照一致；证书中将写入这个名称。', en: 'As on the business licence; the certificate will carry it.' },
  uscc: { zh: '18 位，会核对校验位。', en: '18 characters; the check digit is verified.' },
  holder: { zh: '以单位名称开头，可加业务章名称，例如“…合同专用章”。', en: 'Begins with the organisation’s name and may add the seal’s own.' },
  handler_id_number: { zh: '选填', en: 'Optional' },
  handler_phone: { zh: '进度、验证码和解锁授权码都发到这个号码。', en: 'Codes, progress and the unlocking code are told to this number.' },
  reason: { zh: '至多 200 字', en: 'At most 200 characters' },
  'invoice.email': { zh: '电子发票开具后发到这个邮箱，也可在本页下载。', en: 'The electronic invoice is sent there, and can be downloaded here.' },
}

export const problemWords: Record<FieldProblem, Words> = {
  missing: { zh: '请填写', en: 'Fill this in' },
  long: { zh: '内容过长', en: 'Too long' },
  uscc_length: { zh: '应为 18 位统一社会信用代码', en: 'The code has 18 characters' },
  uscc_character: { zh: '含有不允许的字符（代码不使用 I、O、S、V、Z）', en: 'It has a character that no code has (I, O, S, V and Z are not used)' },
  uscc_check: { zh: '校验位不正确，请按营业执照核对', en: 'The check digit is wrong; compare it with the licence' },
  holder: { zh: '须以单位名称开头', en: 'It must begin with the organisation’s name' },
  address: { zh: '请填写详细收件地址', en: 'Enter the full address' },
  phone: { zh: '请填写 11 位手机号', en: 'Enter a mobile number of 11 digits' },
  id_number: { zh: '身份证号不正确，请核对', en: 'The identity number is wrong; compare it with the card' },
  email: { zh: '请填写正确的邮箱地址', en: 'Enter a valid mail address' },
  years: { zh: '请选择有效期', en: 'Choose how long' },
}

/** A choice field's value in words. */
export const choiceWords: Record<string, Words> = {
  courier: { zh: '邮寄', en: 'By courier' },
  pick_up: { zh: '现场领取', en: 'Picked up' },
  ordinary: { zh: '普通发票', en: 'Ordinary invoice' },
  special: { zh: '增值税专用发票', en: 'VAT invoice' },
}
