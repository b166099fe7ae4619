import { afterEach, describe, expect, test, vi } from 'vitest'
import { api, onSessionEnd } from './client'
import { ApiProblem } from './problem'
import { fileProblem, largestFile } from './upload'

function answer(status: number, body: string): void {
  vi.stubGlobal('fetch', vi.fn(async () => new Response(status === 204 ? null : body, { status })))
}

afterEach(() => {
  vi.unstubAllGlobals()
  onSessionEnd(() => {})
})

const problem = {
  type: 'urn:yinxin:problem:not_bound', title: 'x', status: 403, code: 'not_bound',
  detail: { zh: '证书有效但未绑定', en: 'Not bound' }, remedy: { zh: '请绑定', en: 'Bind it' },
}

describe('the API', () => {
  test('empty query values are left out, others are encoded', async () => {
    answer(200, '{}')
    await api.get('/bindings', { account: '', name: '张 三&x', page: 1 })
    expect(vi.mocked(fetch).mock.calls[0]![0]).toBe(`/api/v1/bindings?${new URLSearchParams({ name: '张 三&x', page: '1' })}`)
  })

  test('a change is sent as JSON even without a body', async () => {
    answer(204, '')
    expect(await api.delete('/session')).toBeNull()
    const sent = vi.mocked(fetch).mock.calls[0]![1]!
    expect(new Headers(sent.headers).get('Content-Type')).toBe('application/json')
  })

  test('a problem arrives with its code, both languages and the remedy', async () => {
    answer(403, JSON.stringify(problem))
    const error = await api.post('/x').catch((e: unknown) => e)
    expect(error).toBeInstanceOf(ApiProblem)
    expect(error).toMatchObject({ code: 'not_bound', status: 403, detail: problem.detail, remedy: problem.remedy })
  })

  test('a proxy’s page, a half problem and a cut answer are unreadable, never a crash and never a success', async () => {
    for (const [status, body] of [[502, '<html>'], [500, '{"code":"internal"}'], [200, '{"cut":'], [500, 'null']] as const) {
      answer(status, body)
      await expect(api.get('/x'), body).rejects.toMatchObject({ code: 'unreadable', status })
    }
  })

  test('no network is told as such', async () => {
    vi.stubGlobal('fetch', vi.fn(async () => Promise.reject(new TypeError('failed'))))
    await expect(api.get('/x')).rejects.toMatchObject({ code: 'offline' })
  })

  test('an ended session is announced, a wrong password is not', async () => {
    const ended = vi.fn()
    onSessionEnd(ended)
    answer(401, JSON.stringify({ ...problem, code: 'password_wrong' }))
    await api.post('/sessions/password').catch(() => {})
    expect(ended).not.toHaveBeenCalled()
    answer(401, JSON.stringify({ ...problem, code: 'not_logged_in' }))
    await api.get('/bindings').catch(() => {})
    expect(ended).toHaveBeenCalledOnce()
  })

  test('a file is judged before a byte of it is sent', () => {
    expect(fileProblem({ name: 'a.pdf', size: 1 })).toBeNull()
    expect(fileProblem({ name: 'a.pdf', size: 0 })).toMatchObject({ code: 'not_pdf' })
    expect(fileProblem({ name: 'a.pdf', size: largestFile + 1 })).toMatchObject({ code: 'too_large' })
  })
})
