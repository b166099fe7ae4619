import { expect, it } from 'vitest'
import type { ChangeRequest } from '../../api/people'
import { missing, requestFacts, useRequestWords } from './words'

const request: ChangeRequest = {
  id: '1', kind: 'information', state: 'submitted', version: 1, proposal: { name: '新名称有限公司', address: '湖滨南路 81 号' }, before: { name: '旧名称有限公司', address: '湖滨南路 81 号' },
  materials: [], created_at: '2026-11-27T00:00:00Z', history: [], next: [],
}

it('a change shows what stood there before beside each field', () => {
  const facts = requestFacts(request, useRequestWords().value)
  expect(facts.map((f) => [f.name, f.value, f.was])).toEqual([['单位名称', '新名称有限公司', '旧名称有限公司'], ['注册地址', '湖滨南路 81 号', '湖滨南路 81 号']])
})

it('regions show their names, and the code where none came', () => {
  const facts = requestFacts({ ...request, kind: 'regions', proposal: { regions: ['350200', '350203'] }, before: {}, region_names: { 350200: { zh: '厦门市', en: 'Xiamen' } } }, useRequestWords().value)
  expect(facts[0]?.value).toBe('厦门市、350203')
})

it('a registration names every field that it still wants', () => {
  expect(missing('formal', { legal_representative: '李某', contact_phone: 'call me' }, {})).toEqual(['address', 'contact', 'regions', 'contact_phone'])
})

it('an information change that changes nothing is not one', () => {
  expect(missing('information', { name: '甲公司', address: '' }, { name: '甲公司' })).toEqual(['name'])
  expect(missing('information', { name: '甲公司', address: '新址' }, { name: '甲公司' })).toEqual([])
})
