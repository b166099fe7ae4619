// What the login page costs before it can be used: its entry and everything that entry and the page's own
// chunk import statically, gzipped. Fails above the ceiling, and names the largest parts.

import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const ceiling = 110_000
const dist = new URL('../dist/platform/', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'))

const files = new Set()
const seen = new Set()
function take(key) {
  if (seen.has(key)) return
  seen.add(key)
  const chunk = manifest[key]
  files.add(chunk.file)
  for (const sheet of chunk.css ?? []) files.add(sheet)
  for (const imported of chunk.imports ?? []) take(imported)
}

const login = 'src/pages/login/LoginPage.vue'
if (!manifest[login]) {
  console.error(`size: the build has no ${login}; the check would measure nothing`)
  process.exit(2)
}
take('index.html')
take(login)

const parts = [...files]
  .map((file) => ({ file, bytes: gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length }))
  .sort((a, b) => b.bytes - a.bytes)
const total = parts.reduce((sum, part) => sum + part.bytes, 0)

for (const part of parts) console.log(`${String(part.bytes).padStart(8)}  ${part.file}`)
console.log(`${String(total).padStart(8)}  of ${ceiling} bytes gzipped for the login page`)
if (total > ceiling) {
  console.error(`size: ${total - ceiling} bytes too many`)
  process.exit(1)
}
