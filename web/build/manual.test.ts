// docs/manual: the failures as the doctor and the help centre tell them, in both languages. What is committed must be
// what the catalogue says; YINXIN_WRITE_GENERATED=1 writes it.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { CASES, LINKS } from '../src/contract/doctor'

const WORDS = {
  'zh-CN': { key: 'zh', title: '故障与处理', made: '本页由故障目录生成，请勿手工修改。', cause: '原因', steps: '处理', simulated: '（其他系统上的情形，此处未实测）' },
  en: { key: 'en', title: 'Failures and remedies', made: 'Made from the catalogue of failures; do not edit.', cause: 'Cause', steps: 'Remedy', simulated: ' (another system’s; not tried here)' },
} as const

function page(language: keyof typeof WORDS): string {
  const { key, ...w } = WORDS[language]
  const lines = [`<!-- ${w.made} -->`, `# ${w.title}`, '']
  for (const { link, name } of LINKS) {
    const cases = Object.values(CASES).filter((one) => one.link === link)
    if (!cases.length) continue
    lines.push(`## ${name[key]}`, '')
    for (const one of cases) {
      lines.push(`### ${one.number}. ${one.symptom[key]}${one.found === 'simulated' ? w.simulated : ''}`, '', `**${w.cause}** ${one.cause[key]}`, '', `**${w.steps}**`, '')
      lines.push(...one.steps.map((step, at) => `${at + 1}. ${step[key]}`), '', `\`${one.name}\``, '')
    }
  }
  return lines.join('\n')
}

for (const language of ['zh-CN', 'en'] as const) {
  it(`docs/manual/${language}/cases.md is what the catalogue says`, () => {
    const folder = fileURLToPath(new URL(`../../docs/manual/${language}/`, import.meta.url))
    if (process.env.YINXIN_WRITE_GENERATED) {
      mkdirSync(folder, { recursive: true })
      writeFileSync(`${folder}cases.md`, page(language))
    }
    expect(readFileSync(`${folder}cases.md`, 'utf8')).toBe(page(language))
    expect(page(language).match(/^### /gm)?.length).toBe(Object.keys(CASES).length)
  })
}
