// What the window asks of the agent while it writes to a key: one call a step (docs/protocol-writing.md).

import type { AgentInterim, AgentResponse } from '../../src/contract'
import type { Rule } from '../home/pinRule'
import { ask, post } from '../service'

export type Step = 'pin' | 'proof' | 'key' | 'request' | 'certificates' | 'signing' | 'encryption' | 'read_back' | 'done'
export type DeviceState = 'blank' | 'begun' | 'ours' | 'other_production' | 'not_blank' | 'unsupported' | 'unreadable'

export interface DeviceRow {
  id: string
  label: string
  serial: string
  hardware: boolean
  state: DeviceState
  tries_left: number | null
}

export interface Devices {
  revision: number
  devices: DeviceRow[]
}

export interface Standing {
  next: Step | null
  wants_pin: boolean
}

export interface Begun extends Standing {
  interim: AgentInterim | null
  rule: Rule | null
}

export interface Stepped extends Standing {
  done: Step
  interim: AgentInterim | null
  response: AgentResponse | null
}

export type Begin =
  | { what: 'produce'; device: string; pin: string; spend_last_try: boolean }
  /** Without a PIN a window of the desktop asks for it. */
  | { what: 'renew'; certificate: string; pin: string | null; spend_last_try: boolean; language: 'zh' | 'en' }
  | { what: 'unlock' }

export const writing = {
  /** At the next change where `seen` is given, else at once. */
  devices: (seen: number | null) => ask<Devices>('write/devices', { seen }),
  firstPin: () => ask<{ pin: string; rule: Rule }>('write/first-pin', {}),
  begin: (body: Begin) => ask<Begun>('write/begin', body),
  step: () => ask<Stepped>('write/step', {}),
  pin: (pin: string | null, spend: boolean, language: 'zh' | 'en') => ask<Standing>('write/pin', { pin, spend_last_try: spend, language }),
  message: (message: unknown) => ask<Standing>('write/message', { message: JSON.stringify(message) ?? '' }),
  unblock: (fresh: string, spend: boolean) => ask<AgentResponse>('write/unblock', { new: fresh, spend_last_try: spend }),
  forget: async () => void (await post('write/forget', '{}', 'application/json')),
}
