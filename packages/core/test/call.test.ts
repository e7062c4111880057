import { describe, expect, it } from 'vitest'
import { newCall, nextCallId } from '../src/call.js'

describe('newCall', () => {
  it('is a live read of values without end, unless it is told otherwise', () => {
    const { id, ...rest } = newCall(5)
    expect(Number.isSafeInteger(id)).toBe(true)
    expect(rest).toEqual({
      now: 5,
      deadline: Infinity,
      signal: undefined,
      want: 'value',
      show: 'live',
      load: undefined,
    })
    const facts = { id: 7, deadline: 9, signal: new AbortController().signal, want: 'header', show: 'all' } as const
    expect(newCall(5, facts)).toEqual({ now: 5, load: undefined, ...facts })
  })

  it('has an id of its own', () => {
    const ids = [newCall(0).id, newCall(0).id, nextCallId()]
    expect(new Set(ids).size).toBe(3)
    expect(ids.every(Number.isSafeInteger)).toBe(true)
  })
})
