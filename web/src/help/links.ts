// Which page of the help explains a failure. Small, as every failure carries it; the cases themselves stand in a chunk
// of their own (`contract/doctor.ts`).

/** Codes of deeds that have a page of the manual. */
const PAGES: Record<string, string> = {
  not_bound: 'bind', bound_elsewhere: 'bind', unbind_needs_key: 'unbind', already_bound: 'bind', organisation_mismatch: 'bind',
  document_state: 'seal', page_out_of_range: 'seal', sealing_expired: 'seal', seal_mismatch: 'seal', not_pdf: 'seal',
  certificate_expired: 'renew', application_state: 'apply',
}

/** The help for a failure, by its case or else by its code; `/help` where there is neither. */
export function helpPath(of: { case?: string | null; code?: string | null }): string {
  if (of.case) return `/help/cases#${of.case}`
  const page = of.code ? PAGES[of.code] : undefined
  return page ? `/help/${page}` : '/help'
}
