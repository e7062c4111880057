import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Version } from '../src/contract.js'
import { compareVersions, versions } from '../src/versions.js'
import { NOW } from './support/entries.js'

/** A clock that says what the test wants. */
function clockAt(readings: readonly number[]) {
  let index = 0
  return {
    now: () => readings[Math.min(index++, readings.length - 1)] ?? 0,
    setTimer: () => ({ cancel: () => undefined }),
  }
}

const still = clockAt([NOW])

const reading = fc.oneof(
  fc.integer({ min: NOW - 1_000, max: NOW + 1_000 }),
  fc.double({ min: NOW - 10, max: NOW + 10, noNaN: true }),
)
const foreign = fc.record({
  time: fc.integer({ min: NOW - 2_000, max: NOW + 2_000 }),
  count: fc.integer({ min: 0, max: 0xffff }),
  writer: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
})

describe('versions', () => {
  it('gives later and later versions, whatever the clock does and whatever it is shown', () => {
    const step = fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: foreign })
    fc.assert(
      fc.property(fc.array(reading, { minLength: 1 }), fc.array(step), (readings, steps) => {
        const own = versions(clockAt(readings))
        let last: Version | undefined
        for (const shown of steps) {
          if (shown !== undefined) own.observe(shown)
          const next = own.next()
          if (last !== undefined) expect(compareVersions(next, last)).toBeGreaterThan(0)
          if (shown !== undefined) expect(compareVersions(next, shown)).toBeGreaterThan(0)
          last = next
        }
      }),
    )
  })

  it('counts whole milliseconds, and no further than a count can be stored', () => {
    fc.assert(
      fc.property(fc.array(reading, { minLength: 1, maxLength: 50 }), (readings) => {
        const own = versions(clockAt(readings))
        for (const _ of readings) {
          const { time, count } = own.next()
          expect(Number.isInteger(time)).toBe(true)
          expect(count).toBeLessThanOrEqual(0xffff)
        }
      }),
    )
  })

  it('goes on within one millisecond for longer than a count can, by running ahead of the clock', () => {
    const own = versions(still)
    let last = own.next()
    for (let index = 0; index <= 0x1_0000; index += 1) {
      const next = own.next()
      expect(compareVersions(next, last)).toBeGreaterThan(0)
      last = next
    }
    expect(last.time).toBe(NOW + 1)
  })

  it('follows no older version, and none more than a day ahead, so that one forged entry spoils no clock', () => {
    const own = versions(still)
    own.observe({ time: NOW + 10 * 24 * 60 * 60 * 1000, count: 0, writer: 1 })
    expect(own.next().time).toBe(NOW)
    own.observe({ time: NOW + 1_000, count: 7, writer: 1 })
    own.observe({ time: NOW + 1_000, count: 7, writer: 2 })
    own.observe({ time: NOW - 1_000, count: 9, writer: 1 })
    expect(own.next()).toEqual({ time: NOW + 1_000, count: 8, writer: own.writer })
  })

  it('bears a random writer below 2^48, or the one it is given', () => {
    const writers = new Set(Array.from({ length: 20 }, () => versions(still).writer))
    expect(writers.size).toBe(20)
    for (const writer of writers) {
      expect(Number.isInteger(writer)).toBe(true)
      expect(writer).toBeLessThan(2 ** 48)
    }
    expect(versions(still, 42).next().writer).toBe(42)
  })
})

describe('compareVersions', () => {
  it('orders by time, then by count, then by writer', () => {
    const at = (time: number, count: number, writer: number): Version => ({ time, count, writer })
    const sorted = [at(1, 9, 9), at(2, 0, 9), at(2, 1, 0), at(2, 1, 5)]
    expect([...sorted].reverse().sort(compareVersions)).toEqual(sorted)
  })

  it('finds a write the same as itself alone', () => {
    fc.assert(
      fc.property(foreign, foreign, (a, b) => {
        expect(compareVersions(a, { ...a })).toBe(0)
        const same = a.time === b.time && a.count === b.count && a.writer === b.writer
        expect(compareVersions(a, b) === 0).toBe(same)
        expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0)
      }),
    )
  })
})
