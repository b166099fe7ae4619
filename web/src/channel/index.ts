// The opener's side of the channel to the agent, as docs/protocol-login.md describes it.
//
// One popup for one gesture. Its handle is led through a fixed list of ports; what does not answer with the
// right hello is not trusted, and both the window and the origin of every message are checked. The request
// goes over a MessagePort, which dies with this page. No secret ever comes this way: the PIN is asked by the
// agent on its own origin, and what returns is signed for this origin alone.

import type { AgentInterim, AgentRequest, AgentResponse, ErrorCode, PageMessage } from '../contract'

/** How long a port may be silent, by round. The second is for machines on which a new window is slow. */
const SILENCE_MS = [1000, 2500]
/** How often it is looked whether the user closed the window: browsers have no event for it. */
const CLOSED_POLL_MS = 300
const FEATURES = 'popup,width=480,height=640'
const RESPONSES = new Set<string>(['statement', 'seal', 'certificate', 'diagnosis', 'written', 'unlocked', 'error', 'cancelled'] satisfies AgentResponse['type'][])

/** Why there was no answer; `code` is one of the contract's. */
export class ChannelError extends Error {
  constructor(readonly code: Extract<ErrorCode, 'popup_blocked' | 'agent_absent' | 'cancelled'>) {
    super(code)
    this.name = 'ChannelError'
  }
}

/** A request, or how to get it while the window is loading. */
export type RequestSource = AgentRequest | (() => Promise<AgentRequest>)

/** The part of `window` that the channel uses; a parameter so that tests need no browser. */
export interface Host {
  open(url: string, target: string, features: string): Popup | null
  addEventListener(type: 'message' | 'pagehide', listener: (event: PopupMessage) => void): void
  removeEventListener(type: 'message' | 'pagehide', listener: (event: PopupMessage) => void): void
  setTimeout(run: () => void, ms: number): number
  clearTimeout(id: number): void
  setInterval(run: () => void, ms: number): number
  clearInterval(id: number): void
}

/** The part of a window's handle that works across origins. */
export interface Popup {
  readonly closed: boolean
  readonly location: { replace(url: string): void }
  postMessage(message: unknown, targetOrigin: string, transfer: Transferable[]): void
  close(): void
}

/** The part of a MessageEvent that is read. */
export interface PopupMessage {
  readonly source: unknown
  readonly origin: string
  readonly data: unknown
}

interface Found {
  popup: Popup
  port: number
  origin: string
}

// A second gesture takes the place of the first: there is one window, so there is one request.
let supersede: (() => void) | undefined

/**
 * Opens the agent's window and asks. Call it in a click, before any `await`.
 *
 * Rejects with a `ChannelError`, or with what `source` rejected with.
 */
export function requestFromAgent(
  source: RequestSource,
  options: { ports: readonly number[]; host?: Host },
): Promise<AgentResponse> {
  const host = options.host ?? browserHost()
  return findAgent(host, options.ports, async (found, ended) => {
    const channel = new MessageChannel()
    try {
      const answer = new Promise<AgentResponse>((resolve) => {
        channel.port1.onmessage = (event) => {
          if (isResponse(event.data)) resolve(event.data)
        }
      })
      // A failed preparation must not wait for an answer that can't come, and not be reported twice.
      found.popup.postMessage({ yinxin: 'request', version: 1 }, found.origin, [channel.port2])
      const request = await Promise.race([typeof source === 'function' ? source() : source, ended])
      channel.port1.postMessage({ request })
      const response = await Promise.race([answer, ended])
      if (response.type === 'cancelled') throw new ChannelError('cancelled')
      return response
    } catch (error) {
      found.popup.close()
      throw error
    } finally {
      channel.port1.close()
    }
  })
}

/**
 * Opens the agent's window for a conversation that writes to a token (docs/protocol-writing.md). Call it in a
 * click, before any `await`.
 *
 * `onInterim` brings the agent's interim answer to the server and comes back with what the server made of it. When
 * it rejects, the agent is told that the server did not go on and its window stays open to say so; the rejection
 * is passed on. Rejects else as `requestFromAgent` does.
 */
export function converse(
  source: RequestSource,
  options: {
    ports: readonly number[]
    host?: Host
    onInterim: (interim: AgentInterim) => Promise<PageMessage>
  },
): Promise<AgentResponse> {
  const host = options.host ?? browserHost()
  return findAgent(host, options.ports, async (found, ended) => {
    const channel = new MessageChannel()
    let aborted = false
    try {
      const heard = inbox(channel.port1)
      found.popup.postMessage({ yinxin: 'request', version: 1 }, found.origin, [channel.port2])
      const request = await Promise.race([typeof source === 'function' ? source() : source, ended])
      channel.port1.postMessage({ request })
      let asked = false
      for (;;) {
        const said = await Promise.race([heard(), ended])
        if (isResponse(said)) {
          if (said.type === 'cancelled') throw new ChannelError('cancelled')
          return said
        }
        // One interim answer in a conversation: a second one is nobody's.
        if (asked || !isInterim(said)) continue
        asked = true
        let message: PageMessage
        try {
          message = await Promise.race([options.onInterim(said), ended])
        } catch (error) {
          if (!(error instanceof ChannelError)) {
            channel.port1.postMessage({ message: { abort: { code: codeOf(error) } } satisfies PageMessage })
            aborted = true
          }
          throw error
        }
        channel.port1.postMessage({ message })
      }
    } catch (error) {
      if (!aborted) found.popup.close()
      throw error
    } finally {
      channel.port1.close()
    }
  })
}

/**
 * Looks whether the agent answers: its port, `false` where none does, `null` where it can't be looked
 * (no gesture, or the window was blocked). Opens the window and closes it again.
 */
export async function probeAgent(
  ports: readonly number[],
  host?: Host,
): Promise<{ port: number } | false | null> {
  if (!host && navigator.userActivation && !navigator.userActivation.isActive) return null
  try {
    return await findAgent(host ?? browserHost(), ports, async (found) => {
      found.popup.close()
      return { port: found.port }
    })
  } catch (error) {
    if (error instanceof ChannelError) return error.code === 'agent_absent' ? false : null
    throw error
  }
}

/** Opens the window, waits for the hello, then runs `use` with a promise that rejects when the window closes. */
function findAgent<T>(
  host: Host,
  list: readonly number[],
  use: (found: Found, ended: Promise<never>) => Promise<T>,
): Promise<T> {
  supersede?.()
  const ports = [...new Set(list)].filter((port) => Number.isInteger(port) && port > 0 && port < 65536).slice(0, 3)
  if (ports.length === 0) return Promise.reject(new ChannelError('agent_absent'))
  // Before anything asynchronous: browsers open windows only within the gesture.
  const popup = host.open(popupUrl(ports[0]!), '_blank', FEATURES)
  if (!popup || popup.closed) return Promise.reject(new ChannelError('popup_blocked'))

  let end!: (error: ChannelError) => void
  const ended = new Promise<never>((_, reject) => (end = reject))
  ended.catch(() => undefined)
  const cancel = () => end(new ChannelError('cancelled'))
  const watch = host.setInterval(() => popup.closed && cancel(), CLOSED_POLL_MS)
  const superseded = () => {
    cancel()
    popup.close()
  }
  supersede = superseded
  // A page that is left may lie frozen in the back-forward cache: its window must not outlive what it asked for.
  host.addEventListener('pagehide', superseded)

  const hello = new Promise<Found>((resolve, reject) => {
    const attempts = SILENCE_MS.flatMap((silence) => ports.map((port) => ({ port, silence })))
    let current = 0
    let timer = 0
    const stop = () => {
      host.clearTimeout(timer)
      host.removeEventListener('message', listen)
    }
    const listen = (event: PopupMessage) => {
      const attempt = attempts[current]!
      const origin = agentOrigin(attempt.port)
      if (event.source !== popup || event.origin !== origin || !isHello(event.data)) return
      stop()
      resolve({ popup, port: attempt.port, origin })
    }
    const wait = () => {
      timer = host.setTimeout(() => {
        current += 1
        const next = attempts[current]
        if (!next) {
          stop()
          popup.close()
          reject(new ChannelError('agent_absent'))
          return
        }
        popup.location.replace(popupUrl(next.port))
        wait()
      }, attempts[current]!.silence)
    }
    host.addEventListener('message', listen)
    wait()
    ended.catch((error) => {
      stop()
      reject(error)
    })
  })

  return hello
    .then((found) => use(found, ended))
    .finally(() => {
      host.clearInterval(watch)
      host.removeEventListener('pagehide', superseded)
      if (supersede === superseded) supersede = undefined
    })
}

function agentOrigin(port: number): string {
  return `http://127.0.0.1:${port}`
}

function popupUrl(port: number): string {
  return `${agentOrigin(port)}/popup`
}

function isHello(data: unknown): boolean {
  const hello = data as { yinxin?: unknown; version?: unknown } | null
  return typeof hello === 'object' && hello !== null && hello.yinxin === 'hello' && hello.version === 1
}

function isResponse(data: unknown): data is AgentResponse {
  const type = (data as { type?: unknown } | null)?.type
  return typeof type === 'string' && RESPONSES.has(type)
}

function isInterim(data: unknown): data is AgentInterim {
  const type = (data as { type?: unknown } | null)?.type
  return type === 'prepared' || type === 'unlock_key'
}

/** What a port says, one message for each call, in order. */
function inbox(port: MessagePort): () => Promise<unknown> {
  const waiting: unknown[] = []
  let take: ((data: unknown) => void) | undefined
  port.onmessage = (event) => {
    if (!take) return void waiting.push(event.data)
    take(event.data)
    take = undefined
  }
  return () => (waiting.length ? Promise.resolve(waiting.shift()) : new Promise((resolve) => (take = resolve)))
}

/**
 * The contract's code of what a server refused, where the error carries one. A code that only a page knows comes of
 * no answer: told apart by the status, since the contract's table would cost every login page 6 kB.
 */
function codeOf(error: unknown): ErrorCode {
  const refused = error as { code?: unknown; status?: unknown } | null
  return typeof refused?.code === 'string' && refused.code !== 'unreadable' && Number(refused.status) >= 400 ? (refused.code as ErrorCode) : 'internal'
}

function browserHost(): Host {
  return window as unknown as Host
}
