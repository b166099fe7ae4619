import { expect, it } from 'vitest'
import { fenOf, money } from './words'

it('says 分 as yuan, and reads what people type', () => {
  expect(money(20000)).toBe('¥ 200.00')
  expect(money(123456789)).toBe('¥ 1,234,567.89')
  expect(fenOf('200')).toBe(20000)
  expect(fenOf('￥1,234.5 元')).toBe(123450)
  expect(fenOf('200.005')).toBeNull()
  expect(fenOf('-1')).toBeNull()
})
