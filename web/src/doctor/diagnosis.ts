// What the page gathers of its browser, and how the three halves of a diagnosis become one: the browser's and the
// platform's from the server, the computer's from the agent. The rules stand in the crate `doctor`, not here.

import { api } from '../api/client'
import type { DiagnosisReport, Text } from '../contract'
import { CASES, LINKS, type Action, type Case, type Link, type Outcome } from '../contract/doctor'

/** One line of the page. */
export interface Row {
  code: string
  outcome: Outcome
  link: Link
  summary: Text
  evidence: string[]
  /** By name in `CASES`; `null` where nothing failed, or its own words say it all. */
  case: string | null
  /** What to do, where that is said without a case. */
  remedy: Text | null
  actions: Action[]
  /** Who looked: the platform (with the browser's facts), the agent, or this page. */
  by: 'platform' | 'agent' | 'page'
}

interface ServerFinding {
  code: string
  outcome: Outcome
  link: Link
  summary: Text
  evidence: string[]
  case: string | null
  remedy: Text | null
  actions: Action[]
}

export interface BrowserFacts {
  user_agent: string
  secure: boolean
  framed: boolean
  frame_allows: boolean | null
  loopback: 'granted' | 'prompt' | 'denied' | 'unknown'
  popup: boolean | null
}

type Policy = { allowsFeature(name: string): boolean; features(): string[] }

/** What this browser lets the page do; `popup` says whether a window opened, where one was tried. */
export async function browserFacts(popup: boolean | null): Promise<BrowserFacts> {
  const policy = (document as { featurePolicy?: Policy }).featurePolicy
  const known = policy?.features().includes('loopback-network')
  return {
    user_agent: navigator.userAgent.slice(0, 1000),
    secure: window.isSecureContext,
    framed: window.top !== window,
    frame_allows: known ? policy!.allowsFeature('loopback-network') : null,
    loopback: await permission(),
    popup,
  }
}

async function permission(): Promise<BrowserFacts['loopback']> {
  // Chrome 147 split the permission in two; earlier ones know the older name.
  for (const name of ['loopback-network', 'local-network-access']) {
    try {
      return (await navigator.permissions.query({ name: name as PermissionName })).state
    } catch {
      // A browser that does not know the name says so by an error.
    }
  }
  return 'unknown'
}

/** The browser's checks and the platform's; with a certificate also what the platform says of it. */
export async function askPlatform(popup: boolean | null, certificate: string | null): Promise<Row[]> {
  const browser = await browserFacts(popup)
  const { findings } = await api.post<{ findings: ServerFinding[] }>('/doctor', {
    browser,
    clock: Math.floor(Date.now() / 1000),
    certificate,
  })
  return findings.map((finding) => ({ ...finding, by: 'platform' }))
}

/** The agent's findings as rows. */
export function rowsOfAgent(report: DiagnosisReport): Row[] {
  return report.findings.map((finding) => ({
    code: finding.code,
    outcome: finding.outcome as Outcome,
    link: finding.link as Link,
    summary: finding.summary,
    evidence: finding.evidence,
    case: finding.case,
    remedy: null,
    actions: finding.actions as Action[],
    by: 'agent',
  }))
}

/** A case that this page itself met: no window opened, no agent answered, the platform was not reached. */
export function rowOfCase(name: string, evidence: string[] = []): Row {
  const found = CASES[name]!
  return { code: name, outcome: 'failed', link: found.link, summary: found.symptom, evidence, case: name, remedy: null, actions: found.actions, by: 'page' }
}

const RANK: Outcome[] = ['good', 'warning', 'unknown', 'failed']

/** The worst of some; `null` where nobody looked. */
export function worst(rows: readonly { outcome: Outcome }[]): Outcome | null {
  return rows.reduce<Outcome | null>((most, row) => (most === null || RANK.indexOf(row.outcome) > RANK.indexOf(most) ? row.outcome : most), null)
}

export interface ChainLink { link: Link; name: Text; outcome: Outcome | null }

/** The chain, and its first broken link: what lies behind it may look broken only because of it. */
export function chainOf(rows: readonly Row[]): { links: ChainLink[]; broken: Link | null } {
  const links = LINKS.map(({ link, name }) => ({ link, name, outcome: worst(rows.filter((row) => row.link === link)) }))
  return { links, broken: links.find((link) => link.outcome === 'failed')?.link ?? null }
}

/** What failed first, in the order of the chain: the rest is read only by those who want to. */
export function inOrder(rows: readonly Row[]): Row[] {
  const place = (link: Link) => LINKS.findIndex((known) => known.link === link)
  return [...rows].sort((a, b) => Number(b.outcome === 'failed') - Number(a.outcome === 'failed') || place(a.link) - place(b.link) || RANK.indexOf(b.outcome) - RANK.indexOf(a.outcome))
}

/** Cases that need what this system does not have yet. */
export function notYet(): Case[] {
  return Object.values(CASES).filter((found) => found.found === 'not_yet')
}

/** Cases that lead by a question, since no program can see them. */
export function questions(): Case[] {
  return Object.values(CASES).filter((found) => found.question && (found.found === 'asked' || found.found === 'simulated'))
}

/** The report for a ticket: what the user reads before it goes. The agent redacted its lines; the server's are scrubbed there. */
export function reportText(rows: readonly Row[], agent: DiagnosisReport | null): string {
  const head = [`page: ${location.origin}`, `at: ${new Date().toISOString()}`, agent ? `yinxin-agent ${agent.agent_version}, ${agent.system}, ${agent.millis} ms` : 'yinxin-agent: -']
  return [...head, ...rows.flatMap((row) => [`${row.code} ${row.outcome} ${row.case ?? '-'}`, ...(row.outcome === 'good' ? [] : row.evidence.map((line) => `  ${line}`))])].join('\n')
}

/** The cases that were shown before and are gone after a look at everything. */
export function mended(before: readonly Row[], after: readonly Row[]): string[] {
  const shown = (rows: readonly Row[]) => new Set(rows.flatMap((row) => (row.case && row.outcome !== 'good' ? [row.case] : [])))
  const left = shown(after)
  return [...shown(before)].filter((name) => !left.has(name))
}
