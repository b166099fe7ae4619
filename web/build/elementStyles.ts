// Element Plus on demand: a file that imports `ElButton` also gets the style of the button, and no other.
//
// Element Plus ships one style module a component (`es/components/button/style/css`), which pulls in what
// that component is made of. Importing the whole sheet would cost the login page 50 kB.

import type { Plugin } from 'vite'

const elementImport = /import\s*\{([^}]*)\}\s*from\s*["']element-plus["']/g

/** `ElDatePicker` → `date-picker`, the folder of the component. */
export function componentFolder(name: string): string {
  return name
    .replace(/^El/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
}

/** The style modules that `code` needs, in the order of its imports. */
export function styleModules(code: string): string[] {
  const modules = new Set<string>()
  for (const [, names] of code.matchAll(elementImport)) {
    for (const part of names!.split(',')) {
      const name = part.trim().split(/\s+as\s+/)[0]!
      if (/^El[A-Z]/.test(name)) {
        modules.add(`element-plus/es/components/${componentFolder(name)}/style/css`)
      }
    }
  }
  return [...modules]
}

export function elementStyles(): Plugin {
  return {
    name: 'yinxin:element-styles',
    enforce: 'post',
    transform(code, id) {
      if (id.includes('node_modules') || /\.test\.ts$/.test(id) || !code.includes('element-plus')) return null
      const modules = styleModules(code)
      if (modules.length === 0) return null
      // Appended: the lines of the original keep their numbers, so its source map stays true.
      return { code: code + modules.map((m) => `\nimport '${m}'`).join(''), map: null }
    },
  }
}
