import { afterEach, describe, expect, it, vi } from 'vitest'
import { StretchClock } from '../../src/cache/stretch.js'
import { manualClock, systemClock } from '../../src/clock.js'
import { turns } from '../support/deferred.js'
import { NOW } from '../support/entries.js'

afterEach(() => {
  vi.useRealTimers()
})

describe('the time of a stretch', () => {
  it('is asked of the system once for eight reads', () => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW })
    const clock = new StretchClock(systemClock)
    expect(clock.now()).toBe(NOW)
    vi.setSystemTime(NOW + 5)
    expect(Array.from({ length: 8 }, () => clock.now() - NOW)).toEqual([0, 0, 0, 0, 0, 0, 0, 5])
  })

  it('ends when anything is waited for', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW })
    const clock = new StretchClock(systemClock)
    for (let reads = 0; reads < 10; reads += 1) expect(clock.now()).toBe(NOW)
    vi.setSystemTime(NOW + 5)
    await turns()
    expect(clock.now()).toBe(NOW + 5)
  })

  it('is that of any other clock at each read', () => {
    const manual = manualClock(NOW)
    const clock = new StretchClock(manual)
    expect(clock.now()).toBe(NOW)
    manual.advance(1)
    expect(clock.now()).toBe(NOW + 1)
  })
})
