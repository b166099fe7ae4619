// Which part of the help explains a failure. The catalogue itself stands in a chunk of its own (`contract/doctor.ts`):
// every failure carries this, so codes without a case lead to the search.

/** The help for a failure, by its case; `/help` where no case is known. */
export function helpPath(of: { case?: string | null; code?: string | null }): string {
  return of.case ? `/help/cases#${of.case}` : '/help'
}
