import { manualClock } from '@cachette/core'
import { describe, expect, test } from 'vitest'
import { TrialClock } from '../src/trial-clock.js'
import { Watchdog } from '../src/watchdog.js'

describe('the clock of a trial', () => {
  test('runs what falls due in order, each at its own time', () => {
    const moves: number[] = []
    const clock = new TrialClock(1_000, (byMs) => moves.push(byMs))
    const ran: number[] = []
    clock.setTimer(20, () => ran.push(clock.now()))
    clock.setTimer(10, () => {
      ran.push(clock.now())
      clock.setTimer(5, () => ran.push(clock.now()))
    })
    clock.setTimer(11, () => ran.push(0)).cancel()
    clock.advance(30)
    expect(ran).toEqual([1_010, 1_015, 1_020])
    expect(clock.now()).toBe(1_030)
    expect(moves).toEqual([30])
    expect(clock.runNext()).toBe(false)
    expect(clock.pending).toBe(0)
  })

  test('sleeps through most of fifty years of sweeps', () => {
    const clock = new TrialClock(0, () => undefined)
    let sweeps = 0
    const sweep = (): void => {
      sweeps += 1
      clock.setTimer(1_000, sweep)
    }
    clock.setTimer(1_000, sweep)
    clock.advance(50 * 365 * 86_400_000)
    expect(sweeps).toBeLessThan(1_100)
    expect(clock.pending).toBe(1)
  })
})

describe('the watchdog', () => {
  test('barks at what hangs, sooner the next time', async () => {
    const clock = manualClock()
    const watchdog = new Watchdog({ patienceMs: 1_000, clock })
    const hang = (): Promise<never> => new Promise(() => undefined)
    const first = watchdog.guard(hang, () => new Error('hung'))
    clock.advance(999)
    expect(watchdog.hangs).toBe(0)
    clock.advance(1)
    await expect(first).rejects.toThrow('hung')
    const second = watchdog.guard(hang, () => new Error('hung again'))
    clock.advance(50)
    await expect(second).rejects.toThrow('hung again')
    expect(watchdog.hangs).toBe(2)
  })

  test('leaves what settles alone', async () => {
    const clock = manualClock()
    const watchdog = new Watchdog({ patienceMs: 1_000, clock })
    await expect(
      watchdog.guard(
        async () => 1,
        () => new Error('hung'),
      ),
    ).resolves.toBe(1)
    expect(clock.pending).toBe(0)
    expect(await watchdog.stray()).toBeUndefined()
  })
})
