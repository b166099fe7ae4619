import { expect, it } from 'vitest'
import { search } from './search'

const all = [{ title: '驱动', text: 'PIN 码', to: '/a' }, { title: 'PIN 码错误', text: '次数', to: '/b' }]

it('every word must stand somewhere, titles come first, and nothing asked finds all', () => {
  expect(search(all, 'pin').map((one) => one.to)).toEqual(['/b', '/a'])
  expect(search(all, 'pin 次数').map((one) => one.to)).toEqual(['/b'])
  expect(search(all, ' ')).toHaveLength(2)
  expect(search(all, '没有')).toEqual([])
})
