import { type RateLimitOptions, rateLimit } from '@cachette/middleware/rate-limit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failureOf } from './support/failures.js'
import { bench } from './support/remote.js'

describe('rateLimit', () => {
  it('lets pass what its model does, a bucket that fills at a steady rate, to the millisecond', async () => {
    const options = fc.record({ perSecond: fc.constantFrom(1_000, 500, 100), burst: fc.integer({ min: 1, max: 5 }) })
    const step = fc.record({
      passMs: fc.constantFrom(0, 0, 1, 2, 5, 10, 100),
      keys: fc.array(fc.constantFrom('a1', 'a2', 'b1'), { minLength: 1, maxLength: 7 }),
    })
    await fc.assert(
      fc.asyncProperty(options, fc.array(step, { maxLength: 40 }), fc.boolean(), async (limits, steps, isNamed) => {
        const { clock, store, call } = bench([
          rateLimit({ ...limits, ...(isNamed && { by: (key) => key.slice(0, 1) }) }),
        ])
        // What each has left, in thousandths; below zero after a batch that was larger than what a rest saves up.
        const full = limits.burst * 1_000
        const left = new Map<string, number>()
        for (const { passMs, keys } of steps) {
          clock.advance(passMs)
          for (const [name, tokens] of left) {
            left.set(name, Math.min(full, tokens + passMs * limits.perSecond))
          }
          const names = keys.map((key) => (isNamed ? key.slice(0, 1) : ''))
          const wanted = new Map(names.map((name) => [name, names.filter((other) => other === name).length]))
          const waits = [...wanted].map(([name, count]) => {
            const lacking = Math.min(count * 1_000, full) - (left.get(name) ?? full)
            return Math.max(0, Math.ceil(lacking / limits.perSecond))
          })
          const waitMs = Math.max(...waits)
          if (waitMs > 0) {
            expect(await failureOf(() => store.read(keys, call()))).toMatchObject({
              code: 'REJECTED',
              retry: 'yes',
              details: { retryAfterMs: waitMs },
            })
            continue
          }
          expect(await store.read(keys, call())).toHaveLength(keys.length)
          for (const [name, count] of wanted) left.set(name, (left.get(name) ?? full) - count * 1_000)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('counts the keys of writes, and one for a clear and for each page of a scan', async () => {
    const { store, call, put, removal } = bench([rateLimit({ perSecond: 1, burst: 6 })])
    await store.write([put('a'), put('b'), removal('c')], call())
    await store.clear('c', call())
    // Two pages, and the end of the list is the third.
    const list = async (): Promise<void> => {
      for await (const page of store.scan('', call())) void page
    }
    expect(await failureOf(list)).toMatchObject({ code: 'REJECTED', operation: 'scan' })
    expect(() => store.read(['a'], call())).toThrow('REJECTED: more than 1 keys a second')
  })

  it('is shared by the caches that it stands in', async () => {
    const layer = rateLimit({ perSecond: 1, burst: 1 })
    const [one, other] = [bench([layer]), bench([layer])]
    await one.store.read(['a'], one.call())
    expect(await failureOf(() => other.store.read(['a'], other.call()))).toMatchObject({ code: 'REJECTED' })
  })

  it('forgets whom it has not heard of for longest', async () => {
    const { clock, store, call } = bench([rateLimit({ perSecond: 1, burst: 1, by: (key) => key, maxNames: 2 })])
    await store.read(['a'], call())
    await store.read(['b'], call())
    clock.advance(1_000)
    await store.read(['a'], call())
    await store.read(['c'], call())
    for (const key of ['a', 'c']) {
      expect(await failureOf(() => store.read([key], call()))).toMatchObject({ code: 'REJECTED' })
    }
    await store.read(['b'], call())
  })

  it('changes its rate while it runs, as a whole or not at all', async () => {
    const layer = rateLimit({ perSecond: 1, burst: 1 })
    const { clock, store, call } = bench([layer])
    await store.read(['a'], call())
    expect(() => layer.configure({ perSecond: 1_000, burst: 0 })).toThrow(
      'expected burst to be a positive whole number',
    )
    expect(await failureOf(() => store.read(['a'], call()))).toMatchObject({ details: { retryAfterMs: 1_000 } })
    layer.configure({ burst: 2 })
    await store.read(['a'], call())
    clock.advance(2_000)
    layer.configure({ perSecond: 1_000 })
    for (let time = 0; time < 5; time += 1) {
      await store.read(['a', 'b'], call())
      clock.advance(2)
    }
  })

  it.each<[RateLimitOptions, string]>([
    [{} as RateLimitOptions, 'expected perSecond to be a positive number, got undefined'],
    [{ perSecond: Infinity }, 'expected perSecond to be a positive number'],
    [{ perSecond: 1, per: 1 } as RateLimitOptions, 'rateLimit has no option "per"'],
    [{ perSecond: 1, by: 'a' } as unknown as RateLimitOptions, 'expected by to be a function'],
  ])('refuses %o', (options, message) => {
    expect(() => rateLimit(options)).toThrow(message)
  })
})
