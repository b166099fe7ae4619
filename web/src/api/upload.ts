// Sending a file with progress. fetch can't report how much it has sent; XMLHttpRequest can.

import { api } from './client'
import { ApiProblem, browserProblem, problemFrom } from './problem'

export interface Upload<T> {
  done: Promise<T>
  cancel: () => void
}

/** Largest file that the platform takes, in bytes; asked here so that nobody uploads for minutes in vain. */
export const largestFile = 512 * 1000 * 1000

/** What can be sealed and verified, for a file field; the server judges by the content. */
export const sealable = 'application/pdf,.pdf,application/ofd,.ofd'

/** What is wrong with a file before a byte of it is sent; `null` where nothing is. */
export function fileProblem(file: { name: string; size: number }): ApiProblem | null {
  if (file.size === 0) {
    return new ApiProblem('not_pdf', { zh: '文件是空的', en: 'The file is empty' }, { zh: '请重新选择文件。', en: 'Choose another file.' })
  }
  if (file.size > largestFile) {
    return new ApiProblem(
      'too_large',
      { zh: '文件超过 512 MB', en: 'The file is larger than 512 MB' },
      { zh: '请压缩或拆分后重新上传。', en: 'Compress or split it and upload it again.' },
    )
  }
  return null
}

/** Largest paper of an application, in bytes. */
export const largestMaterial = 10 * 1000 * 1000
/** Most files for one paper. */
export const mostMaterials = 10

/** What is wrong with a paper before a byte of it is sent. Its type is judged by its content, by the server. */
export function materialProblem(file: { name: string; size: number }): ApiProblem | null {
  if (file.size === 0) {
    return new ApiProblem('not_pdf', { zh: `“${file.name}”是空文件`, en: `“${file.name}” is empty` }, { zh: '请重新扫描或拍照后上传。', en: 'Scan or photograph it again and upload it.' })
  }
  if (file.size > largestMaterial) {
    return new ApiProblem('too_large', { zh: `“${file.name}”超过 10 MB`, en: `“${file.name}” is larger than 10 MB` }, { zh: '请降低扫描分辨率（200 dpi 足够），或分页上传。', en: 'Scan it at a lower resolution (200 dpi will do), or upload its pages one by one.' })
  }
  if (!/\.(pdf|png|jpe?g)$/i.test(file.name)) {
    return new ApiProblem('not_pdf', { zh: `“${file.name}”不是 PDF、PNG 或 JPEG 文件`, en: `“${file.name}” is no PDF, PNG or JPEG` }, { zh: '请另存为 PDF、PNG 或 JPEG 后上传。', en: 'Save it as PDF, PNG or JPEG and upload that.' })
  }
  return null
}

/** How a file is sent, where it is not a PDF that is posted. */
export interface Sending {
  method?: 'POST' | 'PUT'
  type?: string
  /** Beside the file's name. */
  query?: Record<string, string>
  headers?: Record<string, string>
}

/**
 * Sends the file's bytes as they are to `path?name=…`.
 * `onProgress` gets the share that was sent, 0–1; at 1 the server is still at work.
 */
export function upload<T>(path: string, file: File, onProgress: (share: number) => void, sending: Sending = {}): Upload<T> {
  const request = new XMLHttpRequest()
  const done = new Promise<T>((resolve, reject) => {
    request.open(sending.method ?? 'POST', `${api.address(path)}?${new URLSearchParams({ ...sending.query, name: file.name })}`)
    request.setRequestHeader('Content-Type', sending.type ?? 'application/pdf')
    request.setRequestHeader('Accept', 'application/json')
    for (const [name, value] of Object.entries(sending.headers ?? {})) request.setRequestHeader(name, value)
    request.responseType = 'text'
    request.upload.onprogress = (event) => onProgress(event.total > 0 ? event.loaded / event.total : 0)
    request.onload = () => {
      let body: unknown = null
      try {
        body = JSON.parse(request.responseText)
      } catch {
        // Judged below: an answer without JSON is unreadable, whatever its status.
      }
      const good = request.status >= 200 && request.status < 300
      // Created, and nothing to say of it: an answer without a body is one.
      if (good && (body !== null || request.responseText === '')) resolve(body as T)
      else reject(problemFrom(request.status, body))
    }
    request.onerror = () => reject(browserProblem('offline'))
    request.onabort = () =>
      reject(new ApiProblem('cancelled', { zh: '上传已取消', en: 'The upload was cancelled' }, { zh: '可重新选择文件。', en: 'Choose a file to start again.' }))
    request.send(file)
  })
  return { done, cancel: () => request.abort() }
}
