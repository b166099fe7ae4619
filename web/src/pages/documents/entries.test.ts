import { expect, test } from 'vitest'
import type { Provider } from '../../api/types'
import { entryOf } from './entries'

const provider = (id: string, kind: 'direct' | 'unified') => ({ id, name: { zh: id, en: id }, channel: { kind } }) as unknown as Provider
const all = [provider('szca', 'direct'), provider('fjca', 'unified'), provider('cfca', 'unified')]

test('the bound keys decide the entry: 第一步 for direct ones, 省统一CA for those behind the client', () => {
  expect(entryOf(['szca'], all).right).toBe('direct')
  expect(entryOf(['fjca', 'cfca', 'fjca'], all)).toMatchObject({ right: 'unified', names: [{ zh: 'fjca' }, { zh: 'cfca' }] })
})

test('keys of both kinds, none, or of a provider that the catalogue dropped leave the choice open', () => {
  expect(entryOf(['szca', 'fjca'], all).right).toBeNull()
  expect(entryOf([], all).right).toBeNull()
  expect(entryOf(['gone'], all)).toEqual({ right: null, names: [] })
})
