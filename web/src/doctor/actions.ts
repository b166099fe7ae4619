// Where each button of a case leads. What the agent does itself is done on its own page, never by a site's click.

import { CASES, type Action } from '../contract/doctor'
import { agentPorts, applicationsPath, bindingsPath } from '../platform'

/** What a button does: a place of this platform, a page of the agent, or something that whoever shows the case does. */
export type Way = { kind: 'place'; to: string } | { kind: 'agent'; href: string } | { kind: 'again' }

const BY_AGENT: readonly Action[] = ['start_service', 'reregister', 'next_port', 'restart_worker', 'clear_stale', 'allow_origin']

/** The way of an action; `null` where there is none here: a service that does not run has no page. */
export function wayOf(action: Action, caseName: string | null, code: string | null, answered: boolean): Way | null {
  if (BY_AGENT.includes(action)) {
    return answered ? { kind: 'agent', href: `http://127.0.0.1:${agentPorts()[0] ?? 0}/#doctor` } : null
  }
  switch (action) {
    case 'again': return { kind: 'again' }
    case 'bind': return place(bindingsPath())
    case 'renew': return place('/applications/new?kind=renewal')
    case 'unlock': return place('/applications/new?kind=unlock')
    case 'apply': return place('/applications/new')
    case 'confirm_receipt': return place(applicationsPath())
    case 'resend_code': return place('/login?tab=phone')
    case 'downloads': return place('/downloads')
    case 'ticket': return place(ticketPath(caseName, code))
    default: return null
  }
}

function place(to: string): Way {
  return { kind: 'place', to }
}

/** Where a ticket about a case begins. */
export function ticketPath(caseName: string | null, code: string | null): string {
  const query = new URLSearchParams()
  if (caseName && CASES[caseName]) query.set('case', caseName)
  if (code) query.set('code', code)
  return `/tickets/new${query.size ? `?${query}` : ''}`
}
