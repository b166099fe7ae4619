// The conversation that writes to a token, from the opener's side, against a scripted agent.

import { afterEach, describe, expect, it, vi } from 'vitest'
import type { AgentInterim, AgentRequest, AgentResponse, PageMessage } from '../contract'
import { converse, type Host, type Popup, type PopupMessage } from '.'

const REQUEST: AgentRequest = { version: 1, purpose: 'unlock', intent: '{}' }
const INTERIM: AgentInterim = { type: 'unlock_key', public_key: 'BA==', device_serial: 'YX00000001' }
const MESSAGE: PageMessage = { authority: { order: 'O1', sealed: 'AQ==' } }
const UNLOCKED: AgentResponse = { type: 'unlocked' }
const ports = [17590]

/** An agent whose window answers at once; `script` is its side of the port. */
class Agent implements Host {
  listeners = new Set<(event: PopupMessage) => void>()
  leaving = new Set<(event: PopupMessage) => void>()
  heard: unknown[] = []
  popup: Popup & { closed: boolean }

  constructor(script: (data: unknown, port: MessagePort) => void) {
    this.popup = {
      closed: false,
      location: { replace: () => undefined },
      postMessage: (_message, _origin, transfer) => {
        const port = transfer[0] as MessagePort
        port.onmessage = (event) => {
          this.heard.push(event.data)
          script(event.data, port)
        }
      },
      close: () => {
        this.popup.closed = true
      },
    }
  }
  open() {
    queueMicrotask(() => {
      const hello = { source: this.popup, origin: 'http://127.0.0.1:17590', data: { yinxin: 'hello', version: 1 } }
      for (const listener of [...this.listeners]) listener(hello)
    })
    return this.popup
  }
  addEventListener(type: 'message' | 'pagehide', listener: (event: PopupMessage) => void) {
    ;(type === 'message' ? this.listeners : this.leaving).add(listener)
  }
  removeEventListener(type: 'message' | 'pagehide', listener: (event: PopupMessage) => void) {
    ;(type === 'message' ? this.listeners : this.leaving).delete(listener)
  }
  setTimeout = (run: () => void, ms: number) => setTimeout(run, ms) as unknown as number
  clearTimeout = (id: number) => clearTimeout(id)
  setInterval = (run: () => void, ms: number) => setInterval(run, ms) as unknown as number
  clearInterval = (id: number) => clearInterval(id)
}

const isRequest = (data: unknown) => Object.hasOwn(data as object, 'request')

afterEach(() => vi.useRealTimers())

describe('converse', () => {
  it('brings the interim answer to the server and what it made of it to the agent', async () => {
    const agent = new Agent((data, port) => port.postMessage(isRequest(data) ? INTERIM : UNLOCKED))
    const asked: AgentInterim[] = []
    const answer = converse(() => Promise.resolve(REQUEST), {
      ports,
      host: agent,
      onInterim: async (interim) => {
        asked.push(interim)
        return MESSAGE
      },
    })
    await expect(answer).resolves.toEqual(UNLOCKED)
    expect(asked).toEqual([INTERIM])
    expect(agent.heard).toEqual([{ request: REQUEST }, { message: MESSAGE }])
  })

  it('tells the agent that the server did not go on, leaves its window open and passes the reason on', async () => {
    let abort!: (data: unknown) => void
    const told = new Promise<unknown>((resolve) => (abort = resolve))
    const agent = new Agent((data, port) => (isRequest(data) ? port.postMessage(INTERIM) : abort(data)))
    const refused = Object.assign(new Error('refused'), { code: 'forbidden' })
    const answer = converse(REQUEST, { ports, host: agent, onInterim: () => Promise.reject(refused) })
    await expect(answer).rejects.toBe(refused)
    await expect(told).resolves.toEqual({ message: { abort: { code: 'forbidden' } } })
    expect(agent.popup.closed).toBe(false)
  })

  it('says internal for an error that is none of the contract’s', async () => {
    let abort!: (data: unknown) => void
    const told = new Promise<unknown>((resolve) => (abort = resolve))
    const agent = new Agent((data, port) => (isRequest(data) ? port.postMessage(INTERIM) : abort(data)))
    const answer = converse(REQUEST, { ports, host: agent, onInterim: () => Promise.reject(new Error('no such code')) })
    await expect(answer).rejects.toThrow('no such code')
    await expect(told).resolves.toEqual({ message: { abort: { code: 'internal' } } })
  })

  it('gives an error of the agent back before and after the interim answer', async () => {
    const error: AgentResponse = { type: 'error', code: 'not_blank' }
    const early = new Agent((_data, port) => port.postMessage(error))
    const never = vi.fn<(interim: AgentInterim) => Promise<PageMessage>>()
    await expect(converse(REQUEST, { ports, host: early, onInterim: never })).resolves.toEqual(error)
    expect(never).not.toHaveBeenCalled()
    const late = new Agent((data, port) => port.postMessage(isRequest(data) ? INTERIM : error))
    await expect(converse(REQUEST, { ports, host: late, onInterim: async () => MESSAGE })).resolves.toEqual(error)
  })

  it('takes one interim answer and nothing that is neither', async () => {
    const agent = new Agent((data, port) => {
      if (!isRequest(data)) return port.postMessage(UNLOCKED)
      for (const said of [null, { type: 'pin', pin: '1' }, INTERIM, INTERIM]) port.postMessage(said)
    })
    const onInterim = vi.fn(async () => MESSAGE)
    await expect(converse(REQUEST, { ports, host: agent, onInterim })).resolves.toEqual(UNLOCKED)
    expect(onInterim).toHaveBeenCalledTimes(1)
  })

  it('ends with cancelled when the window is closed while the server works, and tells it nothing more', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
    const agent = new Agent((data, port) => isRequest(data) && port.postMessage(INTERIM))
    let asked!: () => void
    const waiting = new Promise<void>((resolve) => (asked = resolve))
    const answer = converse(REQUEST, { ports, host: agent, onInterim: () => (asked(), new Promise(() => undefined)) })
    const refused = expect(answer).rejects.toMatchObject({ code: 'cancelled' })
    await waiting
    agent.popup.closed = true
    await vi.advanceTimersByTimeAsync(400)
    await refused
    expect(agent.heard).toHaveLength(1)
  })
})
