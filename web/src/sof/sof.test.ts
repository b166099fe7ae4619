import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { NOT_CONNECTED, connect } from './index.ts'

/** A client's end of a WebSocket: opens where somebody listens, and answers by a script. */
class FakeSocket {
  static OPEN = 1
  static listening = new Set<number>()
  static sent: { xtx_func_name: string; call_cmd_id: string; param: unknown[] }[] = []
  static answer: (name: string) => Record<string, unknown> = () => ({ retVal: 'true' })
  static last: FakeSocket | undefined
  readyState = 0
  onopen: (() => void) | null = null
  onerror: (() => void) | null = null
  onclose: (() => void) | null = null
  onmessage: ((event: { data: string }) => void) | null = null

  constructor(readonly url: string) {
    FakeSocket.last = this
    const port = Number(new URL(url.replace('ws:', 'http:')).port)
    queueMicrotask(() => {
      if (!FakeSocket.listening.has(port)) return this.onerror?.()
      this.readyState = 1
      this.onopen?.()
    })
  }

  send(text: string) {
    const call = JSON.parse(text)
    FakeSocket.sent.push(call)
    const reply = { call_cmd_id: call.call_cmd_id, ...FakeSocket.answer(call.xtx_func_name) }
    queueMicrotask(() => this.onmessage?.({ data: JSON.stringify(reply) }))
  }

  close() {
    this.readyState = 3
    this.onclose?.()
  }
}

beforeEach(() => {
  vi.stubGlobal('WebSocket', FakeSocket)
  FakeSocket.listening = new Set([27590])
  FakeSocket.sent = []
})
afterEach(() => vi.unstubAllGlobals())

test('the first port that answers is taken', async () => {
  await connect()
  expect(FakeSocket.last!.url).toBe('ws://127.0.0.1:27590/sof')
})

test('without a client the failure says so', async () => {
  FakeSocket.listening.clear()
  await expect(connect()).rejects.toMatchObject({ code: NOT_CONNECTED })
})

test('a PIN that a page passes goes nowhere', async () => {
  const sof = await connect()
  expect(await sof.SOF_Login('one', '20261122')).toBe(true)
  expect(JSON.stringify(FakeSocket.sent)).not.toContain('20261122')
})

test('a failure rejects with its code, and is the last error until a success', async () => {
  const sof = await connect()
  FakeSocket.answer = () => ({ retVal: '', errorCode: 0x0b000201, errorMsg: 'no' })
  await expect(sof.SOF_SignData('one', '0…')).rejects.toMatchObject({ name: 'SofError', code: 0x0b000201 })
  expect(await sof.SOF_GetLastError()).toBe(0x0b000201)
  FakeSocket.answer = () => ({ retVal: '8' })
  expect(await sof.SOF_GetPinRetryCount('one')).toBe(8)
  expect(await sof.SOF_GetLastError()).toBe(0)
})

test('a client that goes leaves no promise hanging', async () => {
  const sof = await connect()
  FakeSocket.answer = () => ({})
  const silent = new Promise((resolve) => { FakeSocket.prototype.send = () => resolve(undefined) })
  const call = sof.SOF_GetVersion()
  await silent
  sof.close()
  await expect(call).rejects.toMatchObject({ code: NOT_CONNECTED })
})

test('a key that comes or goes is told', async () => {
  const sof = await connect()
  const told = new Promise<void>((resolve) => { sof.onUsbkeyChange = resolve })
  FakeSocket.last!.onmessage?.({ data: JSON.stringify({ call_cmd_id: 'onUsbkeyChange', retVal: '' }) })
  await told
})
