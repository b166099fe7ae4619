// What the agent's own page asks of the agent. The popup's token is refused for all of this.

import type { ErrorCode, Intent, Text } from '../../src/contract'
import type { Action, Link, Outcome } from '../../src/contract/doctor'
import { ask, post, type CertificateRow, type KeyRow, type Site } from '../service'
import type { Rule } from './pinRule'

export type Validity = { state: 'valid' | 'expires_soon' | 'expired' | 'not_yet'; days: number }
export type Revocation =
  | { state: 'good'; as_of: string }
  | { state: 'revoked'; since: string; reason: string }
  | { state: 'not_announced' }
  | { state: 'unknown' }
export interface Standing { validity: Validity; revocation: Revocation }

export interface CareRow extends KeyRow {
  admin_tries_left: number | null
  has_pin: boolean
  pin_rule: Rule
  standings: Record<string, Standing>
  hotlines: string[]
  /** Absent: the agent does not say. */
  libraries: { file: string; name: Text | null }[]
  unknown?: { issuer: string } | null
}
export interface Trouble { library: string; code: ErrorCode; detail: string }
export interface CareKeys { revision: number; keys: CareRow[]; troubles: Trouble[] }

export interface DoctorFinding { code: string; outcome: Outcome; link: Link; summary: Text; evidence: string[]; case: string | null; cause: Text | null; steps: Text[]; actions: Action[] }

export type Capability = 'check' | 'diagnose' | 'login' | 'bind' | 'seal' | 'write'
export type Enabling = 'seal' | 'write'
export interface SiteRow {
  origin: string
  site: Site | null
  listed: boolean
  enabled: Capability[]
  grants: { capability: Capability; given: string | null; used: string | null }[]
}
export interface Undo { undo: number | null; taken: number }

export interface Query { purpose?: string; origin?: string; text?: string; from?: number; to?: number }
export interface Entry {
  number: number
  at: string
  origin: string
  platform: Text | null
  purpose: string
  intent: Intent | null
  key: { provider: string | null; number: string | null; holder: string | null } | null
  certificate_sha256: string | null
  signed_sha256: string
  grade: 'picked' | 'previewed' | 'remote' | null
}
export interface Integrity {
  whole: boolean
  faults: { fault: 'torn' | 'broken'; line: number }[]
  damage: { expected_bytes: number; found_bytes: number }[]
  end_altered: boolean
}
export interface HistoryPage {
  entries: Entry[]
  next: number | null
  fitting: number | null
  total: number
  origins: string[]
  integrity: Integrity
}
export interface FileAnswer {
  answer: 'as_signed' | 'changed' | 'not_from_here' | 'unsigned'
  signatures: number
  seals: (Entry & { as_signed: boolean })[]
}

export type PinEntry = 'auto' | 'native' | 'page'
export type TrayStanding = 'off' | 'shown' | 'no_tray' | 'no_bus' | 'unsupported'
export interface Sof {
  enabled: boolean
  window: boolean
  ports: { format: 'bjca' | 'topcertkit'; port: number; state: 'serving' | 'stepped_aside' }[]
  listed: { origin: string; name: Text | null }[]
  origins: string[]
}
export interface Settings {
  phrase: string
  language: 'zh' | 'en' | null
  pin_entry: PinEntry
  native_prompt: boolean
  key_files: boolean
  tray: 'auto' | 'off'
  tray_standing: TrayStanding
  libraries: { path: string; name: Text | null; of_catalogue: boolean; hardware: boolean }[]
  providers: number
  log: string | null
  state_folder: string
  version: string
  system: string
  port: number
}

const tell = async (path: string, body: unknown) => void (await post(path, JSON.stringify(body), 'application/json'))

export const home = {
  keys: (seen: number | null) => ask<CareKeys>('care/keys', { seen }),
  checkPin: (key: string, pin: string, spend: boolean) => tell('care/check-pin', { key, pin, spend_last_try: spend }),
  changePin: (key: string, old: string, fresh: string, spend: boolean) =>
    tell('care/change-pin', { key, old, new: fresh, spend_last_try: spend }),
  unblock: (key: string, admin: string, fresh: string, spend: boolean) =>
    tell('care/unblock', { key, by: { kind: 'admin_pin', pin: admin }, new: fresh, spend_last_try: spend }),
  label: (key: string, label: string) => tell('care/label', { key, label }),
  sites: async () => (await ask<{ sites: SiteRow[] }>('consents', {})).sites,
  revoke: (origin: string | null, capability: Capability | null) => ask<Undo>('consents/revoke', { origin, capability }),
  restore: (undo: number) => tell('consents/restore', { undo }),
  enable: (origin: string, capability: Enabling) => ask<Site>('sites/enable', { origin, capability, warned: true }),
  disable: (origin: string, capability: Capability) => ask<Undo>('sites/disable', { origin, capability }),
  history: (query: Query, before: number | null, limit: number) => ask<HistoryPage>('history', { query, before, limit }),
  export: async (query: Query, format: 'csv' | 'json') =>
    (await post('history/export', JSON.stringify({ query, format }), 'application/json')).blob(),
  check: async (file: Blob) => (await (await post('history/check', file, 'application/octet-stream')).json()) as FileAnswer,
  settings: () => ask<Settings>('settings', {}),
  change: (settings: Partial<Pick<Settings, 'phrase' | 'language' | 'pin_entry' | 'key_files' | 'tray'>>) => tell('settings/change', settings),
  sof: () => ask<Sof>('sof', {}),
  sofSwitch: (enabled: boolean) => ask<Sof>('sof/switch', { enabled }),
  sofAllow: (origin: string) => ask<Site>('sof/allow', { origin, warned: true }),
  sofRevoke: (origin: string) => tell('sof/revoke', { origin }),
  /** Each finding as it comes, and how long all took. */
  doctor: async (tell: (finding: DoctorFinding) => void, end: (millis: number) => void) => {
    const reader = (await post('doctor', '{}', 'application/json')).body!.getReader()
    const decoder = new TextDecoder()
    let rest = ''
    for (;;) {
      const { value, done } = await reader.read()
      const lines = (rest + decoder.decode(value, { stream: !done })).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines.filter(Boolean)) {
        const said = JSON.parse(line) as { finding?: DoctorFinding; diagnosis?: { millis: number } }
        if (said.finding) tell(said.finding)
        if (said.diagnosis) end(said.diagnosis.millis)
      }
      if (done) return
    }
  },
  deed: (action: Action) => ask<{ count: number; commands: string[] }>('doctor/deed', { action }),
  report: async () => (await ask<{ text: string }>('report', {})).text,
}

export type { CertificateRow }
