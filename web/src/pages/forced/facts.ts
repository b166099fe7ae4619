// What a forced unbinding is about, as a list of facts: the same for the claimant, the owner and the operators.

import type { ForcedUnbinding } from '../../api/people'
import { nameOf } from '../../i18n'
import { dateTime } from '../../lib/format'
import type { useForcedWords } from './words'

type Words = ReturnType<typeof useForcedWords>['value']

export function forcedFacts(one: ForcedUnbinding, words: Words) {
  const joined = (...parts: (string | null | undefined)[]) => parts.filter(Boolean).join(' · ')
  return [
    { name: words.number, value: one.key_number, mono: true },
    { name: words.provider, value: nameOf(one.provider) },
    { name: words.claimant, value: joined(one.requested_by.organisation, one.requested_by.account) },
    { name: words.owner, value: joined(one.owner.organisation, one.owner.account) },
    { name: words.reason, value: one.reason },
    { name: words.made, value: dateTime(one.created_at) },
    ...(one.waits_until ? [{ name: words.waits, value: dateTime(one.waits_until) }] : []),
    ...(one.objection ? [{ name: words.objection, value: one.objection }] : []),
    ...(one.rejection ? [{ name: words.rejection, value: one.rejection }] : []),
  ]
}
