// Who is logged in. The cookie is out of a page's reach, so the server is asked once and told of every change.

import { computed, shallowRef } from 'vue'
import { api } from './api/client'
import type { Duty } from './api/applications'
import type { Session } from './api/types'

/** `undefined` until the server was asked, `null` for nobody. */
export const session = shallowRef<Session | null | undefined>(undefined)

export const loggedIn = computed(() => !!session.value)

/** 平台运营: no organisation, other pages. */
export const isOperator = computed(() => session.value?.account.role === 'operator')

/** What an operator may do with applications: 录入, 审核 and so on; none for one who keeps downloads and enquiries. */
export const duties = computed<readonly Duty[]>(() => (isOperator.value && session.value?.operator?.duties) || [])

/** 业务, 审计 or 系统: an operator is in one of them. */
export const operatorClass = computed(() => (isOperator.value ? session.value?.operator?.class ?? (duties.value.includes('audit') ? 'audit' : duties.value.length ? 'business' : undefined) : undefined))

/** An operator whose password was right, and whose second factor is still wanted. */
export const secondStep = computed(() => {
  const factor = session.value?.operator?.second_factor
  return !!factor?.set_up && !factor.shown
})

/** Where a login leads. */
export const homePath = computed(() => (!isOperator.value ? '/apps' : duties.value.length ? '/operator/applications' : '/operator/packages'))

type SessionAnswer = Session | { account: null }

export function takeSession(answer: SessionAnswer): void {
  session.value = answer.account ? (answer as Session) : null
}

export async function loadSession(): Promise<void> {
  takeSession(await api.get<SessionAnswer>('/session'))
}

export async function logInByPassword(account: string, password: string): Promise<void> {
  takeSession(await api.post<SessionAnswer>('/sessions/password', { account, password }))
}

export async function logInByCertificate(challenge: string, token: unknown): Promise<void> {
  takeSession(await api.post<SessionAnswer>('/sessions/certificate', { challenge, token }))
}

export async function logOut(): Promise<void> {
  await api.delete('/session')
  session.value = null
}
