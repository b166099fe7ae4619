// The SOF functions of GM/T 0020 (GB/T 43694-2024 §7.2) for pages that were written for a vendor's client, in the
// promise style of its annex E. It speaks with the Yinxin client of this desktop; the user must have switched the
// compatible interface on there and enabled this page's origin.
//
// A PIN that a page passes to SOF_Login is not sent anywhere: the client asks for it in a window of its own.

/** A function failed: its code is what SOF_GetLastError answers. */
export interface SofError extends Error {
  name: 'SofError'
  code: number
}

/** No client, or one whose compatible interface is off for this page. */
export const NOT_CONNECTED = 0x0b001003

export interface Options {
  /** Ports of the client, in the order in which they are tried. */
  ports?: readonly number[]
  /** How long one port may take to answer, milliseconds. */
  patience?: number
}

interface Reply {
  call_cmd_id: string
  retVal: string
  errorCode?: number
  errorMsg?: string
}

interface Waiting {
  resolve(value: string): void
  reject(error: SofError): void
}

const PORTS = [17590, 27590, 37590]
const PATIENCE = 3000

/** Connects to the client: the first of the ports that answers as one. */
export async function connect(options: Options = {}): Promise<Sof> {
  for (const port of options.ports ?? PORTS) {
    const socket = await open(port, options.patience ?? PATIENCE)
    if (socket) return functions(socket)
  }
  throw failure(NOT_CONNECTED, 'the client does not answer, or its compatible interface is off for this page')
}

function open(port: number, patience: number): Promise<WebSocket | undefined> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/sof`)
    const end = (opened: WebSocket | undefined) => {
      clearTimeout(timer)
      socket.onopen = socket.onerror = null
      if (!opened) socket.close()
      resolve(opened)
    }
    const timer = setTimeout(() => end(undefined), patience)
    socket.onopen = () => end(socket)
    socket.onerror = () => end(undefined)
  })
}

function failure(code: number, message: string): SofError {
  return Object.assign(new Error(message), { name: 'SofError' as const, code })
}

/** The functions. Each answers a promise; a failure rejects it with a {@link SofError}. */
export type Sof = ReturnType<typeof functions>

// One object and no class: what this compiles to for older browsers stays in this one file.
function functions(socket: WebSocket) {
  const waiting = new Map<string, Waiting>()
  let last = 0
  let lastError = 0

  socket.onclose = () => {
    const gone = failure(NOT_CONNECTED, 'the client has gone')
    for (const call of waiting.values()) call.reject(gone)
    waiting.clear()
  }

  function text(name: string, ...param: (string | number)[]): Promise<string> {
    if (socket.readyState !== WebSocket.OPEN) return Promise.reject(failure(NOT_CONNECTED, 'the client has gone'))
    last += 1
    const id = `i_${last}`
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      socket.send(JSON.stringify({ xtx_func_name: name, call_cmd_id: id, param }))
    })
  }
  const flag = async (name: string, ...param: (string | number)[]) => (await text(name, ...param)) === 'true'
  const number = async (name: string, ...param: (string | number)[]) => Number(await text(name, ...param))

  const sof = {
    /** Called when a key comes or goes. */
    onUsbkeyChange: undefined as (() => void) | undefined,

    SOF_GetVersion: () => text('SOF_GetVersion'),
    /** `name||certID&&&` for each certificate. */
    SOF_GetUserList: () => text('SOF_GetUserList'),
    SOF_ExportUserCert: (certID: string) => text('SOF_ExportUserCert', certID),
    SOF_ExportExChangeUserCert: (certID: string) => text('SOF_ExportExChangeUserCert', certID),
    /** The second parameter of the standard, the PIN, is not taken: the client asks for it. */
    SOF_Login: (certID: string, _pin?: string) => flag('SOF_Login', certID, ''),
    SOF_IsLogin: (certID: string) => flag('SOF_IsLogin', certID),
    SOF_Logout: () => flag('SOF_Logout'),
    SOF_GetPinRetryCount: (certID: string) => number('SOF_GetPinRetryCount', certID),
    SOF_GetCertInfo: (cert: string, type: number) => text('SOF_GetCertInfo', cert, type),
    SOF_GetCertInfoByOid: (cert: string, oid: string) => text('SOF_GetCertInfoByOid', cert, oid),
    SOF_GetDeviceInfo: (certID: string, type: number) => text('SOF_GetDeviceInfo', certID, type),
    SOF_SetSignMethod: (method: number) => number('SOF_SetSignMethod', method),
    SOF_GetSignMethod: () => number('SOF_GetSignMethod'),
    SOF_SignData: (certID: string, data: string) => text('SOF_SignData', certID, data),
    SOF_VerifySignedData: (cert: string, data: string, signature: string) =>
      flag('SOF_VerifySignedData', cert, data, signature),
    /** `flag` 0: with the data inside; 1: without. */
    SOF_SignMessage: (flag: number, certID: string, data: string) => text('SOF_SignMessage', flag, certID, data),
    SOF_VerifySignedMessage: (message: string, data = '') => flag('SOF_VerifySignedMessage', message, data),
    SOF_GenRandom: (length: number) => text('SOF_GenRandom', length),
    /** The code of the last failure of this connection, 0 after a success. */
    SOF_GetLastError: () => Promise.resolve(lastError),

    /** Ends the connection, and with it the login. */
    close: () => socket.close(),
  }

  socket.onmessage = (event: MessageEvent<string>) => {
    const reply = JSON.parse(event.data) as Reply
    if (reply.call_cmd_id === 'onUsbkeyChange') {
      sof.onUsbkeyChange?.()
      return
    }
    const call = waiting.get(reply.call_cmd_id)
    waiting.delete(reply.call_cmd_id)
    lastError = reply.errorCode ?? 0
    if (reply.errorCode === undefined) call?.resolve(reply.retVal)
    else call?.reject(failure(reply.errorCode, reply.errorMsg ?? ''))
  }
  return sof
}
