// Sizes of text in rem: `font-size: 14px` becomes `.875rem`, here and in Element Plus. So the text follows the
// reader's own setting of the browser (WCAG 1.4.4), and 大字版 is one class on <html>.

import type { Plugin } from 'postcss'

/** The browser's default size of text, in CSS pixels. */
const ROOT = 16

const pixels = /(?<![\w.-])(\d*\.?\d+)px\b/g

function relative(value: string): string {
  return value.replace(pixels, (_, size: string) => `${Number((Number(size) / ROOT).toFixed(5))}rem`)
}

/** Declarations that say how large text is; in the shorthand `font`, what stands before the families. */
export function relativeSize(property: string, value: string): string | null {
  if (property === 'font-size' || /^--el-.*font-size/.test(property)) return relative(value)
  if (property === 'font' && value !== 'inherit') return relative(value)
  return null
}

export function relativeText(): Plugin {
  return {
    postcssPlugin: 'yinxin-relative-text',
    Declaration(declaration) {
      const value = relativeSize(declaration.prop, declaration.value)
      if (value !== null && value !== declaration.value) declaration.value = value
    },
  }
}
