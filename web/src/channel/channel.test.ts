// The opener's side against a scripted window: a popup that answers, lies, stays silent or is closed.

import { afterEach, describe, expect, it, vi } from 'vitest'
import type { AgentRequest, AgentResponse } from '../contract'
import { probeAgent, requestFromAgent, type Host, type Popup, type PopupMessage } from '.'

const REQUEST: AgentRequest = { version: 1, purpose: 'login', nonce: 'n', intent: '{}' }
const TOKEN: AgentResponse = { type: 'statement', token: { version: 1, certificate: 'AQ==', signature: 'AQ==' } }
const HELLO = { yinxin: 'hello', version: 1 }

class FakeWindow implements Host {
  opened: string[] = []
  visited: string[] = []
  listeners = new Set<(event: PopupMessage) => void>()
  popup: (Popup & { closed: boolean; received?: { origin: string; port: MessagePort } }) | null
  blocked = false

  constructor(readonly answering?: number) {
    this.popup = {
      closed: false,
      location: { replace: (url: string) => this.visit(url) },
      postMessage: (message, origin, transfer) => {
        expect(message).toEqual({ yinxin: 'request', version: 1 })
        this.popup!.received = { origin, port: transfer[0] as MessagePort }
        this.onRequestPort?.(transfer[0] as MessagePort)
      },
      close: () => {
        this.popup!.closed = true
      },
    }
  }
  onRequestPort?: (port: MessagePort) => void

  visit(url: string) {
    this.visited.push(url)
    if (this.answering && url === `http://127.0.0.1:${this.answering}/popup`) {
      queueMicrotask(() => this.post(this.popup, `http://127.0.0.1:${this.answering}`, HELLO))
    }
  }
  post(source: unknown, origin: string, data: unknown) {
    for (const listener of [...this.listeners]) listener({ source, origin, data })
  }
  open(url: string) {
    if (this.blocked) return null
    this.opened.push(url)
    this.visit(url)
    return this.popup
  }
  leaving = new Set<(event: PopupMessage) => void>()
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

/** An agent's page that takes the request and answers it. */
function answerWith(host: FakeWindow, response: unknown) {
  const requests: unknown[] = []
  host.onRequestPort = (port) => {
    port.onmessage = (event) => {
      requests.push(event.data)
      port.postMessage(response)
    }
  }
  return requests
}

const ports = [17590, 27590, 37590]

afterEach(() => vi.useRealTimers())

describe('requestFromAgent', () => {
  it('opens one window, sends the request over a port, and gives back the answer', async () => {
    const host = new FakeWindow(17590)
    const requests = answerWith(host, TOKEN)
    await expect(requestFromAgent(REQUEST, { ports, host })).resolves.toEqual(TOKEN)
    expect(host.opened).toEqual(['http://127.0.0.1:17590/popup'])
    expect(host.popup!.received!.origin).toBe('http://127.0.0.1:17590')
    expect(requests).toEqual([{ request: REQUEST }])
    expect(host.listeners.size).toBe(0)
  })

  it('opens the window before it fetches the request', async () => {
    const host = new FakeWindow(17590)
    answerWith(host, TOKEN)
    const order: string[] = []
    const pending = requestFromAgent(
      async () => {
        order.push(`fetched with ${host.opened.length} window open`)
        return REQUEST
      },
      { ports, host },
    )
    expect(host.opened).toHaveLength(1)
    await pending
    expect(order).toEqual(['fetched with 1 window open'])
  })

  it('leads the same window on to the next port after a second of silence', async () => {
    vi.useFakeTimers()
    const host = new FakeWindow(27590)
    answerWith(host, TOKEN)
    const pending = requestFromAgent(REQUEST, { ports, host })
    await vi.advanceTimersByTimeAsync(999)
    expect(host.visited).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(2)
    vi.useRealTimers()
    await expect(pending).resolves.toEqual(TOKEN)
    expect(host.opened).toHaveLength(1)
    expect(host.visited).toEqual(['http://127.0.0.1:17590/popup', 'http://127.0.0.1:27590/popup'])
  })

  it('says agent_absent and closes the window when no port answers', async () => {
    vi.useFakeTimers()
    const host = new FakeWindow()
    const pending = requestFromAgent(REQUEST, { ports, host })
    const refused = expect(pending).rejects.toMatchObject({ code: 'agent_absent' })
    await vi.advanceTimersByTimeAsync(12_000)
    await refused
    expect(host.popup!.closed).toBe(true)
  })

  it('does not trust a hello from another window, another origin or of another version', async () => {
    vi.useFakeTimers()
    const host = new FakeWindow()
    const pending = requestFromAgent(REQUEST, { ports, host })
    const refused = expect(pending).rejects.toMatchObject({ code: 'agent_absent' })
    host.post({}, 'http://127.0.0.1:17590', HELLO)
    host.post(host.popup, 'http://127.0.0.1:9', HELLO)
    host.post(host.popup, 'http://localhost:17590', HELLO)
    host.post(host.popup, 'http://127.0.0.1:17590', { yinxin: 'hello', version: 2 })
    host.post(host.popup, 'http://127.0.0.1:17590', null)
    await vi.advanceTimersByTimeAsync(12_000)
    await refused
    expect(host.popup!.received).toBeUndefined()
  })

  it('says popup_blocked when the browser opens no window', async () => {
    const host = new FakeWindow()
    host.blocked = true
    await expect(requestFromAgent(REQUEST, { ports, host })).rejects.toMatchObject({ code: 'popup_blocked' })
  })

  it('says cancelled when the user closes the window', async () => {
    vi.useFakeTimers()
    const host = new FakeWindow(17590)
    const pending = requestFromAgent(REQUEST, { ports, host })
    const refused = expect(pending).rejects.toMatchObject({ code: 'cancelled' })
    await vi.advanceTimersByTimeAsync(10)
    host.popup!.closed = true
    await vi.advanceTimersByTimeAsync(400)
    await refused
  })

  it('closes the window when its own page is left', async () => {
    const host = new FakeWindow(17590)
    const pending = requestFromAgent(REQUEST, { ports, host })
    const refused = expect(pending).rejects.toMatchObject({ code: 'cancelled' })
    for (const leave of [...host.leaving]) leave({ source: null, origin: '', data: null })
    await refused
    expect(host.popup!.closed).toBe(true)
    expect(host.leaving.size).toBe(0)
  })

  it('passes on why the request could not be fetched, and closes the window', async () => {
    const host = new FakeWindow(17590)
    const failure = new Error('the server is busy')
    await expect(requestFromAgent(() => Promise.reject(failure), { ports, host })).rejects.toBe(failure)
    expect(host.popup!.closed).toBe(true)
  })

  it('gives an error of the agent back as its answer', async () => {
    const host = new FakeWindow(17590)
    answerWith(host, { type: 'error', code: 'pin_locked' })
    await expect(requestFromAgent(REQUEST, { ports, host })).resolves.toEqual({ type: 'error', code: 'pin_locked' })
  })

  it('lets a second gesture take the place of the first', async () => {
    const first = new FakeWindow(17590)
    const pending = requestFromAgent(REQUEST, { ports, host: first })
    const refused = expect(pending).rejects.toMatchObject({ code: 'cancelled' })
    const second = new FakeWindow(17590)
    answerWith(second, TOKEN)
    await expect(requestFromAgent(REQUEST, { ports, host: second })).resolves.toEqual(TOKEN)
    await refused
    expect(first.popup!.closed).toBe(true)
  })
})

describe('probeAgent', () => {
  it('finds the port, or says that there is none, or that it could not look', async () => {
    const present = new FakeWindow(17590)
    await expect(probeAgent(ports, present)).resolves.toEqual({ port: 17590 })
    expect(present.popup!.closed).toBe(true)
    const blocked = new FakeWindow()
    blocked.blocked = true
    await expect(probeAgent(ports, blocked)).resolves.toBeNull()
    vi.useFakeTimers()
    const absent = probeAgent(ports, new FakeWindow())
    const answer = expect(absent).resolves.toBe(false)
    await vi.advanceTimersByTimeAsync(12_000)
    await answer
  })
})
