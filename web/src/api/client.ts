// The platform's API over fetch: JSON in and out, every failure an ApiProblem.

import { browserProblem, problemFrom } from './problem'

const base = '/api/v1'
const patience = 30_000

type SessionEnded = () => void
let sessionEnded: SessionEnded = () => {}

/** What to do when the server says that the session is over; set once by the router. */
export function onSessionEnd(handler: SessionEnded): void {
  sessionEnded = handler
}

async function readBody(response: Response): Promise<unknown> {
  const text = await response.text()
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch {
    throw problemFrom(response.status, null)
  }
}

interface CallOptions {
  body?: unknown
  query?: Record<string, string | number | undefined>
  /** Beside those of every call. */
  headers?: Record<string, string>
  /** Milliseconds until the call is given up. */
  patience?: number
}

async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(options.query ?? {})) {
    if (value !== undefined && value !== '') query.set(name, String(value))
  }
  const address = `${base}${path}${query.size ? `?${query}` : ''}`

  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), options.patience ?? patience)
  let response: Response
  let body: unknown
  try {
    response = await fetch(address, {
      method,
      credentials: 'same-origin',
      // The type is sent without a body too: the server takes no mutation that a plain form could make.
      headers: { Accept: 'application/json', ...(method === 'GET' ? {} : { 'Content-Type': 'application/json' }), ...options.headers },
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      signal: abort.signal,
    })
    body = await readBody(response)
  } catch (error) {
    if (abort.signal.aborted) throw browserProblem('no_answer')
    if (error instanceof TypeError) throw browserProblem('offline')
    throw error
  } finally {
    clearTimeout(timer)
  }
  if (response.ok) return body as T
  const problem = problemFrom(response.status, body)
  if (problem.code === 'not_logged_in') sessionEnded()
  throw problem
}

export const api = {
  call,
  get: <T>(path: string, query?: CallOptions['query']) => call<T>('GET', path, { query }),
  post: <T>(path: string, body?: unknown) => call<T>('POST', path, { body }),
  put: <T>(path: string, body?: unknown) => call<T>('PUT', path, { body }),
  /** For what reads a whole file on the server: the server gives up after three minutes, the page just after it. */
  patient: {
    get: <T>(path: string) => call<T>('GET', path, { patience: 190_000 }),
    post: <T>(path: string, body?: unknown) => call<T>('POST', path, { body, patience: 190_000 }),
  },
  delete: (path: string) => call<unknown>('DELETE', path),
  address: (path: string) => `${base}${path}`,
}
