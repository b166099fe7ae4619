import { describe, expect, test } from 'vitest'
import { amend, begin, redo, step, undo } from './history'

describe('undo and redo', () => {
  test('each step is taken back and done again in its order', () => {
    const third = step(step(begin('a'), 'b'), 'c')
    const back = undo(undo(third))
    expect(back.present).toBe('a')
    expect(redo(redo(back)).present).toBe('c')
  })

  test('a drag of many moves is one step', () => {
    let history = begin(0)
    for (let at = 1; at <= 50; at++) history = step(history, at, 'drag-1')
    history = step(history, 51, 'drag-2')
    expect(undo(history).present).toBe(50)
    expect(undo(undo(history)).present).toBe(0)
  })

  test('a mark does not join steps over an undo', () => {
    const undone = undo(step(step(begin(0), 1, 'keys'), 2))
    const again = step(undone, 3, 'keys')
    expect(undo(again).present).toBe(1)
  })

  test('after a new step what was undone is gone', () => {
    const history = step(undo(step(begin('a'), 'b')), 'c')
    expect(redo(history)).toBe(history)
  })

  test('at either end nothing happens, and nothing new is no step', () => {
    const history = begin('a')
    expect(undo(history)).toBe(history)
    expect(redo(history)).toBe(history)
    expect(step(history, 'a')).toBe(history)
  })

  test('an amendment is no step of its own', () => {
    const history = amend(step(begin('a'), 'b'), 'B')
    expect(undo(history).present).toBe('a')
  })

  test('two hundred steps are kept', () => {
    let history = begin(0)
    for (let at = 1; at <= 300; at++) history = step(history, at)
    for (let at = 0; at < 400; at++) history = undo(history)
    expect(history.present).toBe(100)
  })
})
