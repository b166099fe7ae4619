// Where a line of 待办 or 预警 leads: the server says what it is about, the pages know under which menu that stands here.

import { applicationsPath, bindingsPath, forcedPath, organisationPath } from '../../platform'

export function pageOf(link: string): string {
  const [, kind, rest] = /^\/(organisation\/requests|applications|forced-unbindings|bindings)(\/[^?]+)?$/.exec(link) ?? []
  switch (kind) {
    case 'organisation/requests': return `${organisationPath()}${rest ?? ''}`
    case 'forced-unbindings': return `${forcedPath()}${rest ?? ''}`
    case 'bindings': return `${bindingsPath()}${rest ?? ''}`
    case 'applications': return rest ? link : applicationsPath()
    default: return link
  }
}
