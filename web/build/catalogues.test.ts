// No text outside the catalogues: of these pages, and of the agent's window. First that the check sees what it must.

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { strays } from './catalogues'

const page = (template: string, script = '') => strays('Page.vue', `<script setup lang="ts">\n${script}\n</script>\n<template>${template}</template>`).map((s) => s.text)

it('text between tags is found in either language', () => {
  expect(page('<p>确定</p>')).toEqual(['确定'])
  expect(page('<p>Save it</p>')).toEqual(['Save it'])
  expect(page('<p>{{ t.save }} · <b>{{ a }}</b> A+</p>')).toEqual([])
})

it('what is read out or shown by an attribute is found, what only names things is not', () => {
  expect(page('<img alt="a seal"><input placeholder="请输入"><a class="save it" aria-controls="menu" href="/x">{{ t }}</a>')).toEqual(['alt="a seal"', 'placeholder="请输入"'])
  expect(page(`<a :aria-label="open ? 'Close it' : t.open" :class="{ 'is open': open }" />`)).toEqual(['Close it'])
})

it('literals in expressions are found, keys and comparisons are not', () => {
  expect(page(`<p>{{ ok ? 'Done' : t.no }} {{ t.states['done'] }} {{ state === 'done' ? 1 : 2 }}</p>`)).toEqual(['Done'])
  expect(page('<p>{{ `${t.answer}：${a}` }}</p>')).toEqual(['：'])
  expect(page(`<p @click="say('完成')">{{ t.a }}</p>`)).toEqual(['完成'])
})

it('Chinese in a script stands in a catalogue, beside its translation', () => {
  expect(page('<p />', `const t = useTexts({ a: '甲' }, { a: 'A' })\nconst b = '乙'`)).toEqual(['乙'])
  expect(page('<p />', `const named = { zh: '厦门', en: 'Xiamen' }`)).toEqual([])
  expect(page('<p />', `const t = useTexts({ a: '甲' }, { a: '甲' })`)).toEqual(['甲'])
  expect(strays('list.ts', `throw new Problem('offline', { detail: { zh: '断网', en: 'offline' } }, '重试')`).map((s) => s.text)).toEqual(['重试'])
})

/** What is written one way in every language: units, names of algorithms and programs, an example address; and a word that is compared. */
const ALLOWED: Record<string, readonly string[]> = {
  'src/pages/documents/PlacePanel.vue': ['mm'],
  'src/pages/documents/DocumentPage.vue': ['OFD'],
  'src/pages/office/MaterialViewer.vue': ['SHA-256'],
  'src/pages/office/OfficeApplicationPage.vue': ['material:'],
  'agent/home/EnableForm.vue': ['placeholder="https://www.example.cn"'],
  'agent/home/SofCard.vue': ['placeholder="https://www.example.cn"'],
  // The name of the language to switch to.
  'agent/texts.ts': ['中文'],
  'agent/home/SettingsView.vue': ['yinxin-agent'],
}

it('no page has a text outside the catalogues', { timeout: 60_000 }, () => {
  const found: string[] = []
  let files = 0
  for (const root of ['src', 'agent']) {
    const folder = fileURLToPath(new URL(`../${root}/`, import.meta.url))
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!/\.(vue|ts)$/.test(name) || /\.test\.ts$|\.d\.ts$/.test(name)) continue
      files += 1
      const path = `${root}/${name.replaceAll('\\', '/')}`
      for (const stray of strays(name, readFileSync(`${folder}${name}`, 'utf8'))) {
        if (!ALLOWED[path]?.includes(stray.text)) found.push(`${path}:${stray.line} ${stray.why}: ${stray.text}`)
      }
    }
  }
  expect(files).toBeGreaterThan(100)
  expect(found).toEqual([])
})
