// What a ticket's text may not tell, as the server keeps it (`redact::scrub` of the crate `doctor`): shown beside the
// field while one types. The server decides; `redact.json` beside the crate's tests holds both to the same answers.

/** A number but for its last two characters; a short one wholly. */
function masked(word: string): string {
  const characters = [...word]
  const shown = characters.length >= 6 ? 2 : 0
  return '*'.repeat(characters.length - shown) + characters.slice(characters.length - shown).join('')
}

const digit = /[0-9０-９]/g

function scrubbed(word: string): string {
  if (word.includes('@')) return '***'
  const plain = word.replace(/^[.\-=+]+|[.\-=+]+$/g, '')
  if (/^20\d\d-\d\d-\d\d(T\d{0,2})?$/.test(plain) || /^\d{1,5}(\.\d{1,5})+$/.test(plain) || /^0[xX][0-9A-Fa-f]{1,8}$/.test(plain)) return word
  const letters = plain.match(/[A-Za-z]/g)?.length ?? 0
  const digits = plain.match(digit)?.length ?? 0
  const bytes = new TextEncoder().encode(plain).length
  const number = digits >= 6 && letters <= 2
  const code = bytes >= 8 && digits >= 4 && letters > 0 && !/[a-z]/.test(plain)
  const hex = bytes >= 16 && /^[0-9A-Fa-f]+$/.test(plain)
  if (number || code || hex) return masked(word)
  return bytes >= 40 && !plain.includes('.') ? '***' : word
}

export function scrub(text: string): string {
  return text
    .replace(/-----BEGIN [\s\S]*?(-----END [\s\S]*?(-----|$)|$)/g, '***')
    .replace(/(\/home\/|\/Users\/|\\Users\\|\\\\Users\\\\)[^/\\"\n :]*/g, '$1***')
    .replace(/[A-Za-z0-9@+\-_.０-９]+/g, scrubbed)
}
