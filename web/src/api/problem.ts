// Errors as pages show them: what happened, and what to do. From the server as RFC 9457 problem details,
// from the agent's channel as a bare code, and for what never reached either, from here.

import type { ErrorCode, Text } from '../contract'

/** A code of the contract, or one of the three that only a browser can find. */
export type PageErrorCode = ErrorCode | 'offline' | 'no_answer' | 'unreadable'

export class ApiProblem extends Error {
  constructor(
    readonly code: PageErrorCode,
    readonly detail: Text,
    readonly remedy: Text,
    readonly status = 0,
    /** What a problem has beside the words, such as the owner of a key that is bound elsewhere. */
    readonly more: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail.en)
    this.name = 'ApiProblem'
  }
}

const browserTexts: Record<'offline' | 'no_answer' | 'unreadable', { detail: Text; remedy: Text }> = {
  offline: {
    detail: { zh: '连接不上平台', en: 'The platform can’t be reached' },
    remedy: { zh: '请检查网络后重试。', en: 'Check the network and try again.' },
  },
  no_answer: {
    detail: { zh: '平台没有及时答复', en: 'The platform did not answer in time' },
    remedy: { zh: '请稍候重试；先看看列表中是否已经完成。', en: 'Wait a little, see in the list whether it was done, and try again.' },
  },
  unreadable: {
    detail: { zh: '平台的答复无法识别', en: 'The platform’s answer could not be read' },
    remedy: { zh: '请刷新页面后重试。', en: 'Reload the page and try again.' },
  },
}

export function browserProblem(code: keyof typeof browserTexts): ApiProblem {
  return new ApiProblem(code, browserTexts[code].detail, browserTexts[code].remedy)
}

function isText(value: unknown): value is Text {
  const text = value as Text | null
  return typeof text?.zh === 'string' && typeof text.en === 'string'
}

/** Reads a problem's body; a body that is none (a proxy's page, say) is `unreadable`, with its status. */
export function problemFrom(status: number, body: unknown): ApiProblem {
  const problem = body as { code?: unknown; detail?: unknown; remedy?: unknown } | null
  if (problem && typeof problem.code === 'string' && isText(problem.detail) && isText(problem.remedy)) {
    return new ApiProblem(problem.code as ErrorCode, problem.detail, problem.remedy, status, body as Record<string, unknown>)
  }
  const { detail, remedy } = browserTexts.unreadable
  return new ApiProblem('unreadable', detail, remedy, status)
}

/** Anything thrown, as a problem. What is no error of ours is a fault of the page: shown, and kept in the console. */
export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error
  console.error(error)
  return browserProblem('unreadable')
}
