import { describe, expect, test } from 'vitest'
import type { Check, ReportedSignature } from '../../contract'
import { commonName, decisive, tally } from './verdicts'

const check = (result: Check['result'], layer: Check['layer'] = 'integrity'): Check => ({ layer, result, reason: null, message: null, clause: null })
const signature = (verdict: ReportedSignature['verdict'], checks: Check[]): ReportedSignature => ({
  verdict, checks, format: '', field: null, revision: null, place: null, signer: null, claimed_time: null, proved_time: null, shown: null,
})

describe('a report', () => {
  test('a failure decides before what could not be determined, wherever they stand', () => {
    const both = signature('invalid', [check('indeterminate', 'revocation'), check('passed'), check('failed', 'changes')])
    expect(decisive(both)?.layer).toBe('changes')
    expect(decisive(signature('indeterminate', [check('passed'), check('indeterminate', 'revocation')]))?.layer).toBe('revocation')
    expect(decisive(signature('valid', [check('passed'), check('not_applicable')]))).toBeNull()
  })

  test('its signatures are counted by verdict', () => {
    const signatures = [signature('valid', []), signature('valid', []), signature('invalid', [])]
    expect(tally({ verdict: 'invalid', verified_at: null, document: null, checks: [], signatures })).toMatchObject({ valid: 2, invalid: 1, indeterminate: 0 })
  })

  test('an issuer is named by its common name, escapes undone, or in full', () => {
    expect(commonName('CN=深圳CA 演示签发CA DEMO,OU=演示 DEMO,C=CN')).toBe('深圳CA 演示签发CA DEMO')
    expect(commonName('C=CN,CN=A\\, B\\+C')).toBe('A, B+C')
    expect(commonName('O=Only,C=CN')).toBe('O=Only,C=CN')
  })
})
