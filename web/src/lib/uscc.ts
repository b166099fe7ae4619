// 统一社会信用代码, GB 32100-2015: 17 characters and a check character (clause 4.7 and annex B).

const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY'
const modulus = 31

/** What people paste: spaces, dashes, full-width and lower-case letters. */
export function normaliseUscc(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\s-]/g, '')
    .toUpperCase()
}

export type UsccProblem = 'length' | 'character' | 'check'

/** What is wrong with a code, or `null` where nothing is. Expects the normalised form. */
export function usccProblem(code: string): UsccProblem | null {
  if (code.length !== 18) return 'length'
  let sum = 0
  let weight = 1
  for (let i = 0; i < 17; i++) {
    const value = alphabet.indexOf(code[i]!)
    if (value < 0) return 'character'
    sum += value * weight
    weight = (weight * 3) % modulus
  }
  const check = alphabet.indexOf(code[17]!)
  if (check < 0) return 'character'
  return check === (modulus - (sum % modulus)) % modulus ? null : 'check'
}
