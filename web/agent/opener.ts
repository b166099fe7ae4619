// The popup's side of the channel, as docs/protocol-login.md describes it: a hello without secrets, then bound to
// the first origin that answers with a port. Nothing is ever said outside that port.

import type { AgentInterim, AgentResponse } from '../src/contract'

export interface Asking {
  /** `event.origin`: what the browser says, not what the page says. */
  origin: string
  /** The request, once the page has it. */
  request: Promise<unknown>
  answer(response: AgentResponse): void
  /** An answer in between, in a conversation that writes to a token. */
  tell(interim: AgentInterim): void
  /** What the page brings after an interim answer, as it came. */
  next(): Promise<unknown>
  /** Whether that came. */
  heard(): boolean
  /** Resolves when the asking page is gone: closed, or led elsewhere. */
  gone: Promise<void>
}

/** Says hello to the window that opened this one; `null` where there is none. */
export function waitForAsking(): Promise<Asking> | null {
  const opener = window.opener as Window | null
  if (!opener) return null
  return new Promise((resolve) => {
    const listen = (event: MessageEvent) => {
      const data = event.data as { yinxin?: unknown; version?: unknown } | null
      const port = event.ports[0]
      if (event.source !== opener || !port || data?.yinxin !== 'request' || data.version !== 1) return
      window.removeEventListener('message', listen)
      resolve(asking(event.origin, port))
    }
    window.addEventListener('message', listen)
    // To whoever opened us: there is nothing in it that anybody may not know.
    opener.postMessage({ yinxin: 'hello', version: 1 }, '*')
  })
}

function asking(origin: string, port: MessagePort): Asking {
  let answered = false
  const answer = (response: AgentResponse) => {
    if (answered) return
    answered = true
    port.postMessage(response)
  }
  const tell = (interim: AgentInterim) => {
    if (!answered) port.postMessage(interim)
  }
  let heard = false
  let hear!: (message: unknown) => void
  const message = new Promise<unknown>((resolve) => (hear = resolve))
  const request = new Promise<unknown>((resolve) => {
    port.onmessage = (event) => {
      const data = event.data as { request?: unknown; message?: unknown } | null
      if (data && 'message' in data) {
        heard = true
        hear(data.message)
      } else resolve(data?.request)
    }
  })
  // Where the browser knows the event; elsewhere the answer goes nowhere, which harms nobody.
  const gone = new Promise<void>((resolve) => port.addEventListener('close', () => resolve()))
  window.addEventListener('pagehide', () => answer({ type: 'cancelled' }))
  return { origin, request, answer, tell, next: () => message, heard: () => heard, gone }
}
