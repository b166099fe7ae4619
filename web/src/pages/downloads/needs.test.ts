import { describe, expect, it } from 'vitest'
import type { Download, Provider } from '../../api/types'
import { needs } from './needs'

const text = (zh: string) => ({ zh, en: zh })

function item(owner: Download['owner']['kind'], id: string, kind: Download['kind'], systems: string[] = []): Download {
  return {
    id: `${id}-${kind}`, source: 'catalogue', owner: { kind: owner, id, name: text(id) }, kind, name: text(id), version: null, updated: null, systems, parts: [],
    antivirus_off: false, key_unplugged: false, keep_installed: false, notes: [], page: null, file: null, signature: { state: 'none' }, regions: [], providers: [id],
  }
}

const unified = {
  id: 'fjca', channel: { kind: 'unified', client: { id: 'fj-unified', order: ['client', 'driver', 'seal_client'] } },
} as unknown as Provider
const direct = { id: 'szca', channel: { kind: 'direct' } } as unknown as Provider
const all = [
  item('agent', 'yinxin-agent', 'client', ['windows-x86_64']), item('client', 'fj-unified', 'client'),
  item('provider', 'fjca', 'seal_client'), item('provider', 'fjca', 'driver'), item('provider', 'szca', 'bundle', ['windows']),
]
const words = (steps: ReturnType<typeof needs>) => steps.map((step) => (step.what === 'install' ? `${step.what} ${step.part}` : step.what))

describe('what somebody needs', () => {
  it('is our client first where none answers', () => {
    const steps = needs({ client: false, seen: false, provider: null, system: 'windows-x86_64' }, all)
    expect(words(steps)).toEqual(['install_agent', 'look_again'])
    expect(steps[0]).toMatchObject({ packages: [{ id: 'yinxin-agent-client' }] })
    expect(needs({ client: false, seen: false, provider: null, system: 'linux-arm64' }, all)[0]).toEqual({ what: 'install_agent', packages: [] })
  })
  it('is nothing of the vendor once the client has read the key', () => {
    expect(words(needs({ client: true, seen: true, provider: direct, system: 'windows' }, all))).toEqual(['agent_ready', 'enough'])
    expect(words(needs({ client: true, seen: true, provider: unified, system: null }, all))).toEqual(['agent_ready', 'enough'])
  })
  it('is the unified client, then the driver, then the seal client for a key that the client does not see', () => {
    expect(words(needs({ client: true, seen: false, provider: unified, system: 'windows-x86' }, all))).toEqual([
      'agent_ready', 'install client', 'install driver', 'install seal_client', 'look_again',
    ])
  })
  it('is only what runs on the system', () => {
    expect(words(needs({ client: true, seen: false, provider: direct, system: 'kylin-arm64' }, all))).toEqual(['agent_ready', 'look_again'])
    expect(words(needs({ client: true, seen: false, provider: direct, system: 'windows-x86_64' }, all))).toEqual(['agent_ready', 'install bundle', 'look_again'])
  })
  it('is a question where nobody knows whose key it is', () => {
    expect(words(needs({ client: true, seen: false, provider: null, system: null }, all))).toEqual(['agent_ready', 'choose_provider'])
    expect(words(needs({ client: true, seen: true, provider: null, system: null }, all))).toEqual(['agent_ready', 'unknown_key'])
  })
})
