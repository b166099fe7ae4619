import { describe, expect, it } from 'vitest'
import { ApiProblem } from '../../api/problem'
import { autosave, type Timers } from './autosave'

/** Timers that a test fires by hand. */
function handTimers() {
  const waiting = new Map<number, () => void>()
  let next = 1
  const timers: Timers = { set: (run) => (waiting.set(next, run), next++), clear: (id) => void waiting.delete(id) }
  const fire = async () => {
    const due = [...waiting.values()]
    waiting.clear()
    for (const run of due) run()
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
  }
  return { timers, fire, count: () => waiting.size }
}

const refused = (status: number, code: 'offline' | 'unreadable') => new ApiProblem(code, { zh: '', en: '' }, { zh: '', en: '' }, status)

describe('saving by itself', () => {
  it('waits for a pause and saves once, on the version that it was made on', async () => {
    const { timers, fire } = handTimers()
    const versions: number[] = []
    const it = autosave(3, async (version) => (versions.push(version), version + 1), timers)
    it.changed()
    it.changed()
    expect(it.state.value).toBe('waiting')
    await fire()
    expect(versions).toEqual([3])
    expect(it.state.value).toBe('saved')
    it.changed()
    await fire()
    expect(versions).toEqual([3, 4])
  })

  it('saves again what was typed while a save was under way', async () => {
    const { timers, fire } = handTimers()
    const open: (() => void)[] = []
    let saves = 0
    const it = autosave(1, (version) => new Promise((resolve) => (saves++, open.push(() => resolve(version + 1)))), timers)
    it.changed()
    await fire()
    it.changed()
    open.shift()!()
    expect(await Promise.race([it.flush(), Promise.resolve('open')])).toBe('open')
    for (let turn = 0; turn < 10 && !open.length; turn += 1) await Promise.resolve()
    open.shift()!()
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
    expect(saves).toBe(2)
    expect(it.version.value).toBe(3)
    expect(it.state.value).toBe('saved')
  })

  it('stops at another window’s newer version and overwrites nothing', async () => {
    const { timers, fire, count } = handTimers()
    let tries = 0
    const it = autosave(1, async () => {
      tries++
      throw refused(409, 'unreadable')
    }, timers)
    it.changed()
    await fire()
    expect(it.state.value).toBe('conflict')
    it.changed()
    expect(count()).toBe(0)
    expect(await it.flush()).toBe(false)
    expect(tries).toBe(1)
  })

  it('tries again by itself when the network was lost', async () => {
    const { timers, fire } = handTimers()
    let tries = 0
    const it = autosave(1, async (version) => {
      if (tries++ === 0) throw refused(0, 'offline')
      return version + 1
    }, timers)
    it.changed()
    await fire()
    expect(it.state.value).toBe('failed')
    await fire()
    expect(it.state.value).toBe('saved')
  })
})
