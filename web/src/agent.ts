// What pages ask of the agent, over its popup. Each function must be called in a click, before any await:
// browsers open a window only for a gesture.

import { converse, probeAgent, requestFromAgent } from './channel'
import { asProblem, ApiProblem, browserProblem } from './api/problem'
import type { Challenge, PreparedSealing } from './api/types'
import type { AgentInterim, AgentRequest, AgentResponse, DiagnosisReport, ErrorCode, PageMessage, Purpose, SignedStatement } from './contract'
import { agentPorts, platform } from './platform'

/** The contract's words for a code; a chunk of its own, since most visits see no error. */
async function problemOf(code: ErrorCode): Promise<ApiProblem> {
  const { ERROR_TEXTS } = await import('./contract')
  const texts = ERROR_TEXTS[code]
  return texts ? new ApiProblem(code, texts.message, texts.remedy) : browserProblem('unreadable')
}

function ask(request: () => Promise<AgentRequest>): Promise<AgentResponse> {
  return agentAnswer(request)
}

/** What the page brings after the agent's interim answer. */
export type Interim = (interim: AgentInterim) => Promise<PageMessage>

/** Asks, and where `onInterim` is given converses; every failure is a problem that can be shown. */
export async function agentAnswer(request: () => Promise<AgentRequest>, onInterim?: Interim): Promise<AgentResponse> {
  // The server's refusal must reach the page as it was, not as the channel's failure.
  let refusal: unknown
  const kept = async <T>(deed: () => Promise<T>): Promise<T> => {
    try {
      return await deed()
    } catch (error) {
      refusal = error
      throw error
    }
  }
  const prepare = () => kept(request)
  let response: AgentResponse
  try {
    response = onInterim
      ? await converse(prepare, { ports: agentPorts(), onInterim: (interim) => kept(() => onInterim(interim)) })
      : await requestFromAgent(prepare, { ports: agentPorts() })
  } catch (error) {
    if (refusal !== undefined) throw asProblem(refusal)
    const code = (error as { code?: unknown } | null)?.code
    throw typeof code === 'string' ? await problemOf(code as ErrorCode) : asProblem(error)
  }
  if (response.type === 'error') throw await problemOf(response.code)
  if (response.type === 'cancelled') throw await problemOf('cancelled')
  return response
}

/** Has a statement signed for the challenge that `fetchChallenge` brings while the window loads. */
export async function signStatement(
  purpose: Purpose,
  fetchChallenge: () => Promise<Challenge>,
): Promise<{ challenge: string; token: SignedStatement }> {
  let challenge = ''
  const response = await ask(async () => {
    const answer = await fetchChallenge()
    challenge = answer.challenge
    return { version: 1, purpose, nonce: answer.nonce, intent: answer.intent }
  })
  if (response.type !== 'statement') throw browserProblem('unreadable')
  return { challenge, token: response.token }
}

/** Has the prepared revision signed. */
export async function signSeal(prepare: () => Promise<PreparedSealing>): Promise<{ sealing: string; cms: string }> {
  let sealing = ''
  const response = await ask(async () => {
    const answer = await prepare()
    sealing = answer.id
    return { version: 1, purpose: 'seal', intent: answer.intent, variants: answer.variants }
  })
  if (response.type !== 'seal') throw browserProblem('unreadable')
  return { sealing, cms: response.cms }
}

/** Asks the user to show a key's certificate; no PIN, nothing is signed. Answers DER in base64. */
export async function showCertificate(): Promise<string> {
  const here = platform.value
  const response = await ask(async () => ({
    version: 1,
    purpose: 'check',
    intent: JSON.stringify({ purpose: 'check', v: 1, platform: here?.id ?? '', platform_name: here?.name.zh ?? '' }),
  }))
  if (response.type !== 'certificate') throw browserProblem('unreadable')
  return response.certificate
}

/** Asks what is wrong on this computer: the redacted report, and the certificate that the user chose to show with it. */
export async function showDiagnosis(): Promise<{ report: DiagnosisReport; certificate: string | null }> {
  const here = platform.value
  const response = await ask(async () => ({
    version: 1,
    purpose: 'diagnose',
    intent: JSON.stringify({ purpose: 'diagnose', v: 1, platform: here?.id ?? '', platform_name: here?.name.zh ?? '' }),
  }))
  if (response.type !== 'diagnosis') throw browserProblem('unreadable')
  return response
}

export type AgentPresence = 'present' | 'absent' | 'unknown'

/** Whether the agent answers; `unknown` where the browser let no window open. Opens one for a moment: call it in a click. */
export async function agentPresence(): Promise<AgentPresence> {
  const answer = await probeAgent(agentPorts())
  return answer === null ? 'unknown' : answer ? 'present' : 'absent'
}
