import { expect, it } from 'vitest'
import { relativeSize } from './relativeText'

it('sizes of text are written in rem, other lengths stay', () => {
  expect(relativeSize('font-size', '14px')).toBe('0.875rem')
  expect(relativeSize('font', '15px/1.65 sans-serif')).toBe('0.9375rem/1.65 sans-serif')
  expect(relativeSize('--el-font-size-base', '14px')).toBe('0.875rem')
  expect(relativeSize('padding', '14px')).toBeNull()
})
