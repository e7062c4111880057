import { memory } from '@cachette/adapter-memory'
import { type Bytes, createCache, isCacheError, type Store } from '@cachette/core'
import { type ChaosChanges, type ChaosOptions, chaos } from '@cachette/middleware/chaos'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failureOf } from './support/failures.js'
import { type Bench, bench, inTime, turns } from './support/remote.js'

const rate = fc.constantFrom(0, 0.3, 1)
const rates = fc.record({
  seed: fc.nat(),
  error: fc.constantFrom(0, 0.3),
  hang: fc.constantFrom(0, 0.2),
  delay: rate,
  lostAnswer: rate,
  partial: rate,
  stale: rate,
})

/** The same calls each time, one after the other; what they came to, and what was done to them. */
async function told(options: ChaosOptions): Promise<unknown> {
  const layer = chaos(options)
  const at = bench([layer])
  const outcomes: unknown[] = []
  const note = async (work: unknown): Promise<void> => {
    const outcome = await inTime(at.clock, Promise.resolve(work)).catch((error: unknown) =>
      isCacheError(error) ? [error.code, error.outcome, error.outcomes?.map((one) => 'value' in one)] : error,
    )
    outcomes.push(outcome)
  }
  for (const key of ['a', 'b', 'a', 'c']) {
    await note(at.store.write([at.put(key), at.put('d')], at.call()))
    await note(at.store.read([key, 'd'], at.call()))
  }
  await note(at.store.clear('a', at.call()))
  await note(keysOf(at.store, at))
  return { outcomes, injected: layer.injected }
}

async function keysOf(store: Store<string>, at: Bench): Promise<readonly string[]> {
  const keys: string[] = []
  for await (const page of store.scan('', at.call())) keys.push(...page.map(([key]) => key))
  return keys
}

const only = (changes: ChaosChanges) => {
  const layer = chaos({ seed: 1, ...changes })
  return { layer, at: bench([layer]) }
}

describe('chaos', () => {
  it('does the same to the same calls for the same seed', async () => {
    await fc.assert(
      fc.asyncProperty(rates, async (options) => {
        expect(await told(options)).toEqual(await told(options))
      }),
      { numRuns: 50 },
    )
    expect(await told({ error: 0.5, seed: 1 })).not.toEqual(await told({ error: 0.5, seed: 2 }))
  })

  it('strikes about as often as it is told to, and each fault for itself', () => {
    const layer = chaos({ seed: 7, lostAnswer: 0.25, error: 0.5 })
    const at = bench([layer])
    const reads = Array.from({ length: 1_000 }, (_, index) => Promise.resolve(at.store.read([`${index}`], at.call())))
    return Promise.allSettled(reads).then(() => {
      const count = (fault: string): number => layer.injected.filter((one) => one.fault === fault).length
      expect(count('error')).toBeGreaterThan(430)
      expect(count('error')).toBeLessThan(570)
      expect(count('lostAnswer')).toBeGreaterThan(80)
      expect(count('lostAnswer')).toBeLessThan(170)
    })
  })

  it('draws what befalls a call when it comes, whatever becomes of others', async () => {
    const struck = async (isSlow: boolean): Promise<unknown> => {
      const { layer, at } = only({ error: 0.5 })
      at.remote.meets = () => ({ before: () => (isSlow ? turns() : undefined) })
      await Promise.allSettled(['a', 'b', 'c', 'd', 'e', 'f'].map(async (key) => at.store.read([key], at.call())))
      return layer.injected
    }
    expect(await struck(true)).toEqual(await struck(false))
  })

  it('fails without effect, or after it', async () => {
    const { layer, at } = only({ error: 1, code: 'TIMEOUT' })
    expect(await failureOf(() => at.store.write([at.put('a')], at.call()))).toMatchObject({
      code: 'TIMEOUT',
      outcome: 'none',
    })
    expect(at.remote.log).toEqual([])
    layer.configure({ error: 0, lostAnswer: 1 })
    expect(await failureOf(() => at.store.write([at.put('a')], at.call()))).toMatchObject({ outcome: 'unknown' })
    expect(await failureOf(() => at.store.read(['a'], at.call()))).toMatchObject({ outcome: 'none' })
    expect([...at.remote.entries.keys()]).toEqual(['a'])
  })

  it('hangs until the deadline, or the signal, and delays for so long at most', async () => {
    const { layer, at } = only({ hang: 1 })
    const begun = at.clock.now()
    expect(await failureOf(() => inTime(at.clock, at.store.read(['a'], at.call())))).toMatchObject({ code: 'TIMEOUT' })
    expect(at.clock.now() - begun).toBe(1_000)
    const abort = new AbortController()
    const read = Promise.resolve(at.store.read(['a'], at.call({ deadline: Infinity, signal: abort.signal })))
    abort.abort()
    expect(await failureOf(() => read)).toMatchObject({ code: 'ABORTED' })
    layer.configure({ hang: 0, delay: 1, maxDelayMs: 10 })
    const before = at.clock.now()
    for (let time = 0; time < 20; time += 1) await inTime(at.clock, at.store.read(['a'], at.call()))
    expect(at.clock.now() - before).toBeGreaterThan(20)
    expect(at.clock.now() - before).toBeLessThan(200)
  })

  it('does a part of a batch, and says which', async () => {
    const { at } = only({ partial: 1 })
    const changes = [at.put('a'), at.put('b'), at.put('c'), at.put('a', 'again')]
    const error = await failureOf(() => at.store.write(changes, at.call()))
    const done = error.outcomes?.flatMap((one) => ('value' in one ? [one.key] : []))
    expect(error.outcomes?.map(({ key }) => key)).toEqual(['a', 'b', 'c'])
    expect(done).toEqual([...at.remote.entries.keys()])
    expect([1, 2]).toContain(done?.length)
    expect(await at.store.write([at.put('a'), at.put('a')], at.call())).toEqual([true, true])
  })

  it('gives what was there before', async () => {
    const { layer, at } = only({})
    const value = async (): Promise<unknown> => (await at.store.read(['a'], at.call()))[0]?.value
    await at.store.write([at.put('a', 'old')], at.call())
    layer.configure({ stale: 1 })
    expect(await value()).toBe('old')
    await at.store.write([at.put('a', 'new')], at.call())
    expect(await value()).toBe('old')
    await at.store.write([at.removal('a')], at.call())
    expect(await value()).toBe('new')
    await at.store.write([at.put('a', 'newer')], at.call())
    expect(await value()).toBe(undefined)
    await at.store.clear('', at.call())
    expect(await value()).toBe('newer')
  })

  it('gives nothing from before that would have expired, or was never there', async () => {
    const { layer, at } = only({})
    const { entry, ...change } = at.put('a', 'short')
    const expiresAt = at.clock.now() + 10
    await at.store.write([{ ...change, entry: entry && { ...entry, expiresAt } }], at.call())
    await at.store.write([at.put('a', 'refused', 'absent')], at.call())
    await at.store.write([at.put('a', 'long')], at.call())
    layer.configure({ stale: 1 })
    const value = async (): Promise<unknown> => (await at.store.read(['a'], at.call()))[0]?.value
    expect(await value()).toBe('short')
    at.clock.advance(10)
    expect(await value()).toBe(undefined)
  })

  it('flips one bit of one value', async () => {
    const layer = chaos({ seed: 3, flip: 1 })
    const cache = createCache<Bytes>({ store: memory({ copies: true }), use: [layer] })
    const value = new Uint8Array(100)
    await cache.set('a', value)
    const read = await cache.get('a')
    const bits = [...(read ?? [])].map((byte) => byte.toString(2).replaceAll('0', '').length)
    expect(bits.reduce((sum, count) => sum + count, 0)).toBe(1)
    layer.configure({ enabled: false })
    expect(await cache.get('a')).toEqual(value)
    expect(layer.injected).toMatchObject([{ call: 1, fault: 'flip', verb: 'read' }])
    await cache.close()
  })

  it('strikes the verbs that it is told to', async () => {
    const { at } = only({ error: 1, verbs: ['clear'] })
    await at.store.read(['a'], at.call())
    expect(await keysOf(at.store, at)).toEqual([])
    expect(await failureOf(() => at.store.clear('', at.call()))).toMatchObject({ code: 'UNAVAILABLE' })
  })

  it.each<[ChaosOptions, string]>([
    [{ error: 2 }, 'expected error to be a number from 0 to 1, got 2'],
    [{ seed: 0.5 }, 'expected seed to be a whole number'],
    [{ code: 'CLOSED' }, 'expected code to be'],
    [{ errors: 0.1 } as ChaosOptions, 'did you mean "error"?'],
  ])('refuses %o', (options, message) => {
    expect(() => chaos(options)).toThrow(message)
  })

  it('keeps its seed', () => {
    expect(() => chaos().configure({ seed: 1 } as ChaosChanges)).toThrow('chaos has no option "seed"')
    expect(Number.isInteger(chaos().seed)).toBe(true)
  })
})
