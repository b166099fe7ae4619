import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { applyColours } from '../platform'
import { contrast, legibleOnWhite, mix } from './colour'

describe('a platform’s colours', () => {
  test('contrast is counted as WCAG does', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 1)
    expect(contrast('#ffffff', '#ffffff')).toBe(1)
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2)
  })

  test('a colour that can be read stays; one that can’t is darkened until it can', () => {
    expect(legibleOnWhite('#0b5cad')).toBe('#0b5cad')
    const darker = legibleOnWhite('#409eff')
    expect(darker).not.toBe('#409eff')
    expect(contrast(darker, '#ffffff')).toBeGreaterThanOrEqual(4.5)
    expect(legibleOnWhite('red; background: url(//x)')).toMatch(/^#[0-9a-f]{6}$/)
  })

  test('mixing goes from one to the other', () => {
    expect(mix('#000000', '#ffffff', 0)).toBe('#000000')
    expect(mix('#000000', '#ffffff', 1)).toBe('#ffffff')
  })

  test('every colour that the pages set from the platforms of this repository can be read', () => {
    const folder = fileURLToPath(new URL('../../../platforms/', import.meta.url))
    const files = readdirSync(folder).filter((name) => name.endsWith('.toml'))
    expect(files.length).toBeGreaterThan(0)
    for (const file of files) {
      const text = readFileSync(folder + file, 'utf8')
      const colour = (name: string) => new RegExp(`^${name}\\s*=\\s*"(#[0-9a-f]{6})"`, 'im').exec(text)![1]!
      const set = new Map<string, string>()
      const style = { setProperty: (name: string, value: string) => void set.set(name, value) }
      applyColours({ primary: colour('primary'), primary_dark: colour('primary_dark'), accent: colour('accent') }, style)
      for (const name of ['--brand', '--brand-dark', '--brand-accent', '--el-color-primary', '--el-color-primary-light-3']) {
        expect(contrast(set.get(name)!, '#ffffff'), `${name} of ${file}`).toBeGreaterThanOrEqual(4.5)
      }
      expect(contrast(set.get('--brand-dark')!, set.get('--brand-soft')!), `menu of ${file}`).toBeGreaterThanOrEqual(4.5)
    }
  })
})
