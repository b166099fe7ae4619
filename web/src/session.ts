// Who is logged in. The cookie is out of a page's reach, so the server is asked once and told of every change.

import { computed, shallowRef } from 'vue'
import { api } from './api/client'
import type { Session } from './api/types'

/** `undefined` until the server was asked, `null` for nobody. */
export const session = shallowRef<Session | null | undefined>(undefined)

export const loggedIn = computed(() => !!session.value)

/** 平台运营: no organisation, other pages. */
export const isOperator = computed(() => session.value?.account.role === 'operator')

/** Where a login leads. */
export const homePath = computed(() => (isOperator.value ? '/operator/packages' : '/apps'))

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
