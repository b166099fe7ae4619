// The platform's API with somebody's session, for what a journey needs done and other journeys show.

import { expect, type APIResponse, type BrowserContext } from '@playwright/test'

export class Api {
  private readonly origin: string

  /** With the cookies of a browser's context, at a platform's address. */
  constructor(
    private readonly context: BrowserContext,
    url: string,
  ) {
    this.origin = new URL(url).origin
  }

  get<T>(path: string): Promise<T> {
    return this.call('GET', path)
  }

  post<T>(path: string, body: unknown = {}): Promise<T> {
    return this.call('POST', path, body)
  }

  put<T>(path: string, body: unknown): Promise<T> {
    return this.call('PUT', path, body)
  }

  /** A file as it is. */
  async file<T>(path: string, type: string, bytes: Buffer): Promise<T> {
    return read(await this.context.request.post(this.address(path), { headers: { Origin: this.origin, 'Content-Type': type }, data: bytes }))
  }

  /** What is refused: the problem, for whoever wants to read it. */
  async refused(path: string, body: unknown = {}): Promise<{ status: number; text: string }> {
    const answer = await this.context.request.post(this.address(path), { headers: { Origin: this.origin }, data: body })
    expect(answer.ok(), path).toBe(false)
    return { status: answer.status(), text: await answer.text() }
  }

  private async call<T>(method: string, path: string, data?: unknown): Promise<T> {
    return read(await this.context.request.fetch(this.address(path), { method, headers: { Origin: this.origin }, ...(data === undefined ? {} : { data }) }))
  }

  private address(path: string): string {
    return `${this.origin}/api/v1${path}`
  }
}

async function read<T>(answer: APIResponse): Promise<T> {
  const text = await answer.text()
  expect(answer.ok(), `${answer.status()} of ${answer.url()}: ${text}`).toBe(true)
  return (text ? JSON.parse(text) : null) as T
}
