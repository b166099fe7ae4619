// What a new PIN must look like, shown while it is typed. The agent decides by the same rules before anything is
// sent to the key (crates/agent/src/pin_rule.rs); both are held to crates/agent/tests/data/pin_rules.json.

export interface Rule {
  min: number
  max: number
  alphabet: 'digits' | 'alphanumeric' | 'printable'
  of_provider: boolean
}
export type Broken = 'length' | 'alphabet' | 'default' | 'same_as_old'

const FACTORY = [
  '123456', '1234567', '12345678', '123456789', '1234567890', '654321', '87654321', '123123', '112233', '12341234', '11223344', '1234abcd',
]
const ALPHABETS = { digits: /^[0-9]+$/, alphanumeric: /^[0-9A-Za-z]+$/, printable: /^[!-~]+$/ }
const MAX_OCTETS = 16

/** The rules that a new PIN breaks; none is good. */
export function check(rule: Pick<Rule, 'min' | 'max' | 'alphabet'>, fresh: string, old: string | null): Broken[] {
  const broken: Broken[] = []
  const characters = [...fresh].length
  const octets = new TextEncoder().encode(fresh).length
  if (characters < rule.min || characters > rule.max || octets > MAX_OCTETS) broken.push('length')
  if (!ALPHABETS[rule.alphabet].test(fresh)) broken.push('alphabet')
  if (isDefault(fresh)) broken.push('default')
  if (old === fresh) broken.push('same_as_old')
  return broken
}

/** Whether everybody would try it first: a factory PIN, one character over and over, a run. */
function isDefault(pin: string): boolean {
  const octets = new TextEncoder().encode(pin)
  const run = (step: number) => octets.every((octet, i) => i === 0 || octet - octets[i - 1]! === step)
  return FACTORY.includes(pin.toLowerCase()) || (octets.length > 1 && [-1, 0, 1].some(run))
}
