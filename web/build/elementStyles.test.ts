import { describe, expect, test } from 'vitest'
import { componentFolder, styleModules } from './elementStyles.ts'

describe('Element Plus styles on demand', () => {
  test('a component’s folder is its name in kebab case', () => {
    expect(componentFolder('ElButton')).toBe('button')
    expect(componentFolder('ElTabPane')).toBe('tab-pane')
    expect(componentFolder('ElMessageBox')).toBe('message-box')
  })

  test('each imported component brings its own style once, types and helpers none', () => {
    const code = `import { ElButton, ElInput as Field, useLocale } from 'element-plus'\nimport { ElButton } from "element-plus"`
    expect(styleModules(code)).toEqual(['element-plus/es/components/button/style/css', 'element-plus/es/components/input/style/css'])
  })
})
