import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CountWindow, SLICES, TimeWindow } from '../src/circuit-breaker/window.js'

const call = fc.record({
  kind: fc.constantFrom('good', 'failed', 'slow'),
  afterMs: fc.constantFrom(0, 1, 9, 10, 35, 99, 100, 250),
})
type Call = { readonly kind: string; readonly at: number }

function tallied(calls: readonly Call[]): object {
  const count = (kind: string): number => calls.filter((one) => one.kind === kind).length
  return { calls: calls.length, failed: count('failed'), slow: count('slow') }
}

it('counts the last so many calls', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.array(call, { maxLength: 30 }), (length, calls) => {
      const window = new CountWindow(length)
      const made: Call[] = []
      for (const { kind } of calls) {
        window.add(kind === 'failed', kind === 'slow')
        made.push({ kind, at: 0 })
        expect(window.tally()).toEqual(tallied(made.slice(-length)))
      }
    }),
  )
})

it('counts the calls of a time, slice by slice', () => {
  fc.assert(
    fc.property(fc.constantFrom(100, 10), fc.array(call, { maxLength: 40 }), fc.nat(300), (ms, calls, restMs) => {
      const window = new TimeWindow(ms)
      const made: Call[] = []
      const sliceOf = (at: number): number => Math.floor(at / (ms / SLICES))
      const within = (now: number) => made.filter(({ at }) => sliceOf(at) > sliceOf(now) - SLICES)
      let now = 1_700_000_000_000
      for (const { kind, afterMs } of calls) {
        now += afterMs
        window.add(kind === 'failed', kind === 'slow', now)
        made.push({ kind, at: now })
        expect(window.tally(now)).toEqual(tallied(within(now)))
      }
      expect(window.tally(now + restMs)).toEqual(tallied(within(now + restMs)))
    }),
  )
})
