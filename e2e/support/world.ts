// Things of the world that a test needs: an organisation with a valid code, a PDF.

import { deflateSync } from 'node:zlib'

/** The signs of GB 32100-2015; I, O, S, V and Z are not used. */
const SIGNS = '0123456789ABCDEFGHJKLMNPQRTUWXY'
const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** A 统一社会信用代码 with both its check digits (GB 11714 within GB 32100), different for each number. */
export function uscc(number: number): string {
  const body = `MA${number.toString().padStart(6, '0')}`
  const inner = [...body].reduce((sum, sign, i) => sum + LETTERS.indexOf(sign) * [3, 7, 9, 10, 5, 8, 4, 2][i]!, 0)
  const digit = 11 - (inner % 11)
  const code = `91350200${body}${digit === 10 ? 'X' : digit === 11 ? '0' : digit}`
  let weight = 1
  let sum = 0
  for (const sign of code) {
    sum += SIGNS.indexOf(sign) * weight
    weight = (weight * 3) % 31
  }
  return code + SIGNS[(31 - (sum % 31)) % 31]
}

export interface Organisation { name: string; uscc: string; account: string; password: string; person: string; phone: string }

let made = 0
/** An organisation that nobody has registered yet. */
export function newOrganisation(prefix = '测试供应商'): Organisation {
  made += 1
  return {
    name: `${prefix}${made}有限公司`,
    uscc: uscc(700_000 + made),
    account: `tester${made}`,
    password: `Correct-horse-${made}`,
    person: '张经办',
    phone: `1380000${String(made).padStart(4, '0')}`,
  }
}

/** A small PDF 1.7 with as many pages as there are lines, each showing its line; ASCII only. */
export function pdf(lines: string[]): Buffer {
  const objects: string[] = []
  const pageIds = lines.map((_, i) => 4 + 2 * i)
  objects.push('<< /Type /Catalog /Pages 2 0 R >>')
  objects.push(`<< /Type /Pages /Kids [${pageIds.map((id) => `${id} 0 R`).join(' ')}] /Count ${lines.length} >>`)
  objects.push('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>')
  lines.forEach((line, i) => {
    const content = `BT /F1 24 Tf 72 720 Td (${line}) Tj ET`
    objects.push(`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents ${5 + 2 * i} 0 R >>`)
    objects.push(`<< /Length ${content.length} >>\nstream\n${content}\nendstream`)
  })
  let file = '%PDF-1.7\n%\u00e2\u00e3\u00cf\u00d3\n'
  const offsets = objects.map((object, i) => {
    const at = file.length
    file += `${i + 1} 0 obj\n${object}\nendobj\n`
    return at
  })
  const start = file.length
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`
  file += offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('')
  file += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`
  return Buffer.from(file, 'latin1')
}

/** A scan of some size: 64 by 64 pixels of white as a PNG, made with Node's own zlib. */
export function png(): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const out = Buffer.alloc(8 + data.length + 4)
    out.writeUInt32BE(data.length, 0)
    body.copy(out, 4)
    out.writeUInt32BE(crc32(body), 8 + data.length)
    return out
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(64, 0)
  header.writeUInt32BE(64, 4)
  header.set([8, 0, 0, 0, 0], 8)
  const rows = Buffer.alloc(64 * 65, 255)
  for (let row = 0; row < 64; row += 1) rows[row * 65] = 0
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))])
}

/** The checksum of PNG's chunks (ISO/IEC 15948, annex D). */
function crc32(data: Buffer): number {
  let crc = 0xffffffff
  for (const byte of data) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}
