// Labels and cover sheets: one PDF for many applications, brought as a download that the browser's viewer opens.

import { api } from '../../api/client'
import { browserProblem, problemFrom } from '../../api/problem'

export async function printLabels(ids: string[]): Promise<void> {
  let response: Response
  try {
    response = await fetch(api.address('/operator/labels'), {
      method: 'POST', credentials: 'same-origin', headers: { Accept: 'application/pdf, application/problem+json', 'Content-Type': 'application/json' }, body: JSON.stringify({ ids }),
    })
  } catch {
    throw browserProblem('offline')
  }
  if (!response.ok) throw problemFrom(response.status, await response.json().catch(() => null))
  const address = URL.createObjectURL(await response.blob())
  const link = document.createElement('a')
  link.href = address
  link.download = 'labels.pdf'
  link.click()
  URL.revokeObjectURL(address)
}
