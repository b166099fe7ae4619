import { describe, expect, it } from 'vitest'
import { completed, fieldProblem, fieldsOf, idNumberGood, normalised } from './rules'

const years = [1, 2, 3]
const good = completed({
  organisation: '演示供应商甲有限公司', uscc: '91350200M000100Y43', legal_representative: '王法人', handler: '张经办', handler_phone: '13800000001', holder: '演示供应商甲有限公司', years: 1,
  recipient: '张经办', recipient_phone: '138-0000-0002', address: '厦门市思明区湖滨南路 81 号', invoice: { kind: 'ordinary', title: '演示供应商甲有限公司', tax_number: '91350200M000100Y43', email: 'a@example.cn' },
})

describe('the form of an application', () => {
  it('asks a new key for an address and an invoice, a renewal for no address, a revocation for its reason', () => {
    expect(fieldsOf('new', 'organisation', 'courier')).toContain('address')
    expect(fieldsOf('new', 'organisation', 'pick_up')).not.toContain('address')
    expect(fieldsOf('renewal', 'organisation', 'courier')).not.toContain('recipient')
    expect(fieldsOf('renewal', 'organisation', 'courier')).toContain('invoice.title')
    expect(fieldsOf('revocation', 'organisation', 'courier')).toContain('reason')
    expect(fieldsOf('unlock', 'organisation', 'courier')).not.toContain('reason')
    expect(fieldsOf('unlock', 'organisation', 'courier')).not.toContain('years')
  })

  it('names the holder by the certificate’s type, and asks only for a business seal’s own name', () => {
    expect(fieldsOf('new', 'business', 'courier')).toContain('holder')
    expect(fieldsOf('new', 'handler', 'courier')).not.toContain('holder')
    expect(normalised(good, 'handler').holder).toBe('张经办')
    expect(normalised(good, 'legal_representative').holder).toBe('王法人')
    expect(normalised({ ...good, holder: '' }, 'business').holder).toBe('演示供应商甲有限公司')
    expect(fieldProblem({ ...good, holder: '别的公司合同专用章' }, 'holder', years)).toBe('holder')
  })

  it('begins a draft with what the platform knows of the organisation, and keeps what was typed', () => {
    const known = { organisation: '甲', uscc: '91350200M000100Y43', handler: '林演示' }
    expect(completed({ organisation: '', handler: '张经办', years: 0 }, known)).toMatchObject({ organisation: '甲', handler: '张经办', years: 1, invoice: { title: '甲', tax_number: '91350200M000100Y43' } })
  })

  it('finds nothing wrong with a good form', () => {
    const wrong = fieldsOf('new', 'handler', 'courier').filter((field) => !['uscc', 'invoice.tax_number'].includes(field) && fieldProblem(good, field, years))
    expect(wrong).toEqual([])
  })

  it('says what is wrong with each field', () => {
    expect(fieldProblem({ ...good, uscc: '123' }, 'uscc', years)).toBe('uscc_length')
    expect(fieldProblem({ ...good, handler_phone: '12345678901' }, 'handler_phone', years)).toBe('phone')
    expect(fieldProblem({ ...good, years: 9 }, 'years', years)).toBe('years')
    expect(fieldProblem({ ...good, address: '' }, 'address', years)).toBe('missing')
    expect(fieldProblem({ ...good, invoice: { ...good.invoice, email: 'a@b' } }, 'invoice.email', years)).toBe('email')
  })

  it('takes an identity number with a right check character, and none', () => {
    expect(idNumberGood('11010519491231002X')).toBe(true)
    expect(idNumberGood('110105194912310021')).toBe(false)
    expect(fieldProblem({ ...good, handler_id_number: '' }, 'handler_id_number', years)).toBeNull()
  })

  it('is sent with full-width digits and spaces made plain', () => {
    expect(normalised({ ...good, handler_phone: '１３８ 0000-0001 ' }, 'handler').handler_phone).toBe('13800000001')
  })
})
