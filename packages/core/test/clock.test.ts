import { afterEach, describe, expect, it, vi } from 'vitest'
import { manualClock, systemClock } from '../src/clock.js'

describe('systemClock', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('tells the time of the platform', () => {
    vi.useFakeTimers({ now: 123_456 })
    expect(systemClock.now()).toBe(123_456)
  })

  it('runs a timer once, after its delay', () => {
    vi.useFakeTimers()
    const run = vi.fn<() => void>()
    systemClock.setTimer(10, run)
    vi.advanceTimersByTime(9)
    expect(run).not.toHaveBeenCalled()
    vi.advanceTimersByTime(100)
    expect(run).toHaveBeenCalledTimes(1)
  })

  it('takes a delay that has passed already as none', () => {
    vi.useFakeTimers()
    const run = vi.fn<() => void>()
    systemClock.setTimer(-5, run)
    vi.advanceTimersByTime(0)
    expect(run).toHaveBeenCalledTimes(1)
  })

  it('runs no timer that was cancelled', () => {
    vi.useFakeTimers()
    const run = vi.fn<() => void>()
    systemClock.setTimer(10, run).cancel()
    vi.advanceTimersByTime(100)
    expect(run).not.toHaveBeenCalled()
  })

  it('waits for longer than the platform can in one go', () => {
    vi.useFakeTimers()
    const run = vi.fn<() => void>()
    const days = 24 * 60 * 60 * 1000
    systemClock.setTimer(60 * days, run)
    vi.advanceTimersByTime(60 * days - 1)
    expect(run).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(run).toHaveBeenCalledTimes(1)
  })

  it('cancels such a timer in any of its stretches', () => {
    vi.useFakeTimers()
    const run = vi.fn<() => void>()
    const days = 24 * 60 * 60 * 1000
    const timer = systemClock.setTimer(60 * days, run)
    vi.advanceTimersByTime(30 * days)
    timer.cancel()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('never runs a timer that is to wait for ever', () => {
    vi.useFakeTimers()
    const run = vi.fn<() => void>()
    systemClock.setTimer(Infinity, run)
    vi.advanceTimersByTime(365 * 24 * 60 * 60 * 1000)
    expect(run).not.toHaveBeenCalled()
  })

  it('keeps the process alive for its timers, but not for those in the background', () => {
    const armed = vi.spyOn(globalThis, 'setTimeout')
    systemClock.setTimer(1e6, () => undefined).cancel()
    systemClock.setTimer(1e6, () => undefined, { background: true }).cancel()
    const [awaited, background] = armed.mock.results.map(({ value }) => (value as NodeJS.Timeout).hasRef())
    armed.mockRestore()
    expect([awaited, background]).toEqual([true, false])
  })

  it('takes timers that are plain numbers, as browsers give them', () => {
    vi.stubGlobal('setTimeout', () => 1)
    expect(() => systemClock.setTimer(1, () => undefined, { background: true }).cancel()).not.toThrow()
    vi.unstubAllGlobals()
  })
})

describe('manualClock', () => {
  it('stands still until it is moved', () => {
    const clock = manualClock(1_000)
    expect(clock.now()).toBe(1_000)
    clock.advance(5)
    expect(clock.now()).toBe(1_005)
  })

  it('begins at a time of today', () => {
    expect(new Date(manualClock().now()).getUTCFullYear()).toBeGreaterThan(2020)
  })

  it('runs what falls due in order, each at its own time', () => {
    const clock = manualClock(0)
    const ran: [string, number][] = []
    const note = (name: string) => () => void ran.push([name, clock.now()])
    clock.setTimer(30, note('c'))
    clock.setTimer(10, note('a'))
    clock.setTimer(10, note('b'))
    clock.setTimer(31, note('later'))
    clock.advance(30)
    expect(ran).toEqual([
      ['a', 10],
      ['b', 10],
      ['c', 30],
    ])
    expect(clock.pending).toBe(1)
  })

  it('runs what a timer set, where that falls due too', () => {
    const clock = manualClock(0)
    const ran: number[] = []
    clock.setTimer(10, () => {
      clock.setTimer(5, () => ran.push(clock.now()))
    })
    clock.advance(20)
    expect(ran).toEqual([15])
    expect(clock.now()).toBe(20)
  })

  it('runs no timer that was cancelled', () => {
    const clock = manualClock()
    const run = vi.fn<() => void>()
    clock.setTimer(1, run).cancel()
    clock.advance(10)
    expect(run).not.toHaveBeenCalled()
    expect(clock.pending).toBe(0)
  })

  it('goes from timer to timer', () => {
    const clock = manualClock(0)
    const run = vi.fn<() => void>()
    clock.setTimer(50, run)
    expect(clock.runNext()).toBe(true)
    expect(clock.now()).toBe(50)
    expect(clock.runNext()).toBe(false)
    expect(run).toHaveBeenCalledTimes(1)
  })

  it('takes a timer in the past as one that is due', () => {
    const clock = manualClock(100)
    const run = vi.fn<() => void>()
    clock.setTimer(-50, run)
    expect(clock.runNext()).toBe(true)
    expect(clock.now()).toBe(100)
  })

  it('can be set back, as the clock of a machine can', () => {
    const clock = manualClock(100)
    clock.advance(-30)
    expect(clock.now()).toBe(70)
  })
})
