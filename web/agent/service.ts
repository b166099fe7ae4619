// What the window asks of the agent. Every call is a POST with the token of this load; there are no cookies.

import type { AgentResponse, DiagnosisReport, ErrorCode, Intent, KeyFamilyName, Place, Problem, Text } from '../src/contract'

export interface Site {
  origin: string
  host: string
  registrable: string
  punycode: boolean
  development: boolean
  platform: Text | null
}

export interface View {
  site: Site
  capability: 'check' | 'diagnose' | 'login' | 'bind' | 'seal' | 'write'
  consent: boolean
  intent: Intent
  families: KeyFamilyName[]
}

export interface CertificateRow {
  id: string
  family: KeyFamilyName | null
  signing: boolean
  subject: string
  issuer: string
  serial: string
  not_before: string
  not_after: string
  refused: ErrorCode | null
}

export interface KeyRow {
  id: string
  provider: { id: string; name: Text } | null
  holder: string | null
  organisation: string | null
  key_number: string | null
  label: string
  serial: string
  hardware: boolean
  /** How its PIN gets in, and how long one may be. */
  pin: { entry: 'typed' | 'on_device' | 'none'; least: number; most: number }
  tries_left: number | null
  refused: ErrorCode | null
  certificates: CertificateRow[]
}

export interface Keys {
  revision: number
  keys: KeyRow[]
  troubles: { library: string; code: ErrorCode; detail: string }[]
}

export interface AgentState {
  phrase: string
  version: string
  /** `native`: a window of the desktop asks for the PIN. */
  pin_entry: 'native' | 'page'
}

export interface Picked {
  size: number
  places: Place[]
}

/** A refusal in the contract's words; `code` is `agent_absent` where the agent itself is gone. */
export class Refusal extends Error {
  constructor(
    readonly code: ErrorCode,
    readonly triesLeft: number | null = null,
    /** Rules that a new PIN breaks. */
    readonly broken: string[] = [],
    /** What happened, where the agent says it more exactly than the code does. */
    readonly detail: Text | null = null,
  ) {
    super(code)
    this.name = 'Refusal'
  }
}

const token = document.querySelector<HTMLMetaElement>('meta[name="yinxin-page"]')?.content ?? ''

export async function post(path: string, body: BodyInit, type: string, signal?: AbortSignal): Promise<Response> {
  let response: Response
  try {
    response = await fetch(`/api/${path}`, {
      method: 'POST',
      headers: { 'Content-Type': type, 'X-Yinxin-Page': token },
      body,
      credentials: 'omit',
      signal,
    })
  } catch {
    if (signal?.aborted) throw new Refusal('cancelled')
    throw new Refusal('agent_absent')
  }
  if (response.ok) return response
  const problem = (await response.json().catch(() => null)) as (Problem & { tries_left?: number; broken?: string[] }) | null
  throw new Refusal(problem?.code ?? 'internal', problem?.tries_left ?? null, problem?.broken ?? [], problem?.detail ?? null)
}

export async function ask<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return (await (await post(path, JSON.stringify(body), 'application/json', signal)).json()) as T
}

export const service = {
  state: () => ask<AgentState>('state', {}),
  request: (origin: string, request: unknown) =>
    ask<View>('request', { origin, request: JSON.stringify(request) ?? '' }),
  consent: async () => void (await post('consent', '{}', 'application/json')),
  /** At the next change where `seen` is given, else at once. */
  keys: (seen: number | null) => ask<Keys>('keys', { seen }),
  file: async (file: Blob) => (await (await post('file', file, 'application/octet-stream')).json()) as Picked,
  forgetFile: async () => void (await post('file/forget', '{}', 'application/json')),
  /** The certificate alone, for a site that asks whether the key works there. */
  show: (certificate: string) => ask<AgentResponse>('show', { certificate }),
  /** What is wrong on this computer, redacted, to be read before it goes. */
  look: () => ask<DiagnosisReport>('diagnosis/look', {}),
  diagnosis: (certificate: string | null) => ask<AgentResponse>('diagnosis', { certificate }),
  sign: (certificate: string, pin: string, spendLastTry: boolean) =>
    ask<AgentResponse>('sign', { certificate, pin, spend_last_try: spendLastTry }),
  /** The agent opens a window of the desktop and asks there; hanging up closes it. */
  signWithWindow: (certificate: string, language: 'zh' | 'en', signal: AbortSignal) =>
    ask<AgentResponse>('sign', { certificate, language }, signal),
}
