import { memory } from '@cachette/adapter-memory'
import { type Cache, createCache, manualClock } from '@cachette/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type PredictorOptions, predictor } from '../src/index.js'
import { Chain } from '../src/prediction/chain.js'

const settled = (): Promise<void> => new Promise((done) => setImmediate(done))

const fresh = (options: Partial<PredictorOptions<string>> = {}) => {
  const clock = manualClock()
  const cache = createCache<string>({ store: memory({ clock }), clock, ttlMs: 1_000 })
  const loads: string[] = []
  const load = (key: string): string => {
    loads.push(key)
    return `value of ${key}`
  }
  const ahead = predictor(cache, { load, clock, ...options })
  return { clock, cache, loads, ahead }
}

const as = <T>(value: unknown): T => value as T

describe('predictor', () => {
  it('loads ahead what followed before, and counts what it was good for', async () => {
    const { ahead, cache, loads, clock } = fresh()
    ahead.learn(['list', 'first', 'list', 'first', 'list', 'first'])
    expect(await ahead.get('list')).toBe('value of list')
    await settled()
    expect(loads).toEqual(['list', 'first'])
    expect(ahead.usefulness).toEqual({ on: true, predicted: 1, hit: 0, missed: 0, ratio: undefined, pauses: 0 })
    expect(await ahead.get('first')).toBe('value of first')
    expect(loads).toEqual(['list', 'first'])
    expect(ahead.usefulness).toMatchObject({ predicted: 1, hit: 1, missed: 0, ratio: 1 })
    clock.advance(2_000)
    await ahead.get('list')
    await settled()
    clock.advance(2_000)
    await ahead.get('first') // it was loaded, and had expired by now
    expect(ahead.usefulness).toMatchObject({ missed: 1 })
    await cache.close()
  })

  it('loads nothing ahead that is there, that came but once, or that came too seldom', async () => {
    const { ahead, cache, loads } = fresh({ confidence: 0.5 })
    ahead.learn(['a', 'there', 'a', 'there', 'a', 'there'])
    ahead.learn(['b', 'once'])
    ahead.learn(['c', 'x', 'c', 'x', 'c', 'y', 'c', 'y', 'c', 'z', 'c', 'z'])
    await cache.set('there', 'newer')
    for (const key of ['a', 'b', 'c']) await ahead.get(key)
    await settled()
    expect(loads).toEqual(['a', 'b', 'c'])
    expect(ahead.usefulness.predicted).toBe(0)
    expect(await cache.get('there')).toBe('newer')
    await cache.close()
  })

  it('tells trails apart', async () => {
    const { ahead, cache, loads, clock } = fresh()
    for (let round = 0; round < 3; round += 1) {
      await ahead.get('a1', { trail: 'a' })
      await ahead.get('b1', { trail: 'b' })
      await ahead.get('a2', { trail: 'a' })
      await ahead.get('b2', { trail: 'b' })
      await settled()
      clock.advance(2_000)
    }
    loads.length = 0
    await ahead.get('a1', { trail: 'c' })
    await settled()
    expect(loads).toEqual(['a1', 'a2'])
    await cache.close()
  })

  it('is no older than what is removed or set while it loads ahead', async () => {
    const open: (() => void)[] = []
    const load = (key: string): string | Promise<string> =>
      key === 'next' ? new Promise((resolve) => open.push(() => resolve('older'))) : key
    const { ahead, cache } = fresh({ load })
    ahead.learn(['a', 'next', 'a', 'next'])
    await ahead.get('a')
    await settled()
    await cache.delete('next')
    for (const go of open) go()
    await settled()
    expect(await cache.get('next')).toBeUndefined()
    await cache.close()
  })

  it('fails nobody when it fails, and counts it as in vain', async () => {
    const load = (key: string): string => {
      if (key === 'bad') throw new Error('no value')
      return key
    }
    const { ahead, cache } = fresh({ load })
    ahead.learn(['a', 'bad', 'a', 'bad'])
    expect(await ahead.get('a')).toBe('a')
    await settled()
    await expect(ahead.get('bad')).rejects.toThrow('no value')
    expect(ahead.usefulness).toMatchObject({ predicted: 1, missed: 1 })
    await cache.close()
    await expect(ahead.get('a')).rejects.toThrow('CLOSED')
  })

  it('runs a few loads ahead at once, and leaves out the rest', async () => {
    const open: (() => void)[] = []
    const load = (key: string): string | Promise<string> =>
      key.startsWith('next') ? new Promise((resolve) => open.push(() => resolve(key))) : key
    const { ahead, cache } = fresh({ load, concurrency: 1 })
    ahead.learn(['a', 'next 1', 'a', 'next 1', 'a', 'next 2', 'a', 'next 2'])
    await ahead.get('a')
    await settled()
    expect(open.length).toBe(1)
    await cache.close()
  })
})

describe('predictions that are in vain', () => {
  /** Each time one key is loaded ahead, and another is asked for. */
  const inVain = async ({ ahead, clock }: ReturnType<typeof fresh>, rounds: number): Promise<void> => {
    for (let round = 0; round < rounds; round += 1) {
      ahead.learn(['a', 'never', 'a', 'never'])
      await ahead.get('a')
      await settled()
      await ahead.get(`other ${round}`)
      clock.advance(2_000)
    }
  }

  it('switch it off, and it tries again later', async () => {
    const subject = fresh({ window: 10, withinMs: 1_000, pauseMs: 100_000 })
    const { ahead, cache, clock, loads } = subject
    await inVain(subject, 12)
    expect(ahead.usefulness).toMatchObject({ on: false, hit: 0, ratio: 0, pauses: 1 })
    const { predicted } = ahead.usefulness
    loads.length = 0
    await inVain(subject, 5)
    expect(loads).not.toContain('never')
    expect(ahead.usefulness.predicted).toBe(predicted)

    clock.advance(100_000)
    expect(ahead.usefulness.on).toBe(true)
    for (let round = 0; round < 30; round += 1) {
      await ahead.get('a')
      await settled()
      await ahead.get('never') // by now it comes after all
      clock.advance(2_000)
    }
    expect(ahead.usefulness).toMatchObject({ on: true, hit: 30, ratio: 1, pauses: 1 })
    await cache.close()
  })

  it('switch it off each time anew', async () => {
    const subject = fresh({ window: 5, withinMs: 1_000, pauseMs: 10_000 })
    await inVain(subject, 60)
    const { pauses, predicted } = subject.ahead.usefulness
    // Five in vain take ten seconds, and so does a pause.
    expect(pauses).toBeGreaterThanOrEqual(5)
    expect(predicted).toBeLessThanOrEqual(36)
    await subject.cache.close()
  })
})

it('whatever is asked for, every value is right, and every prediction is a hit, missed or open', async () => {
  const step = fc.record({ key: fc.integer({ min: 0, max: 8 }), ms: fc.nat({ max: 700 }), remove: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 6 }), async (steps, window) => {
      const { ahead, cache, clock } = fresh({ window, withinMs: 500, pauseMs: 3_000 })
      for (const { key, ms, remove } of steps) {
        if (remove) await cache.delete(`${(key * 5) % 9}`)
        expect(await ahead.get(`${key}`)).toBe(`value of ${key}`)
        clock.advance(ms)
        const { predicted, hit, missed, ratio = 0 } = ahead.usefulness
        expect(hit + missed).toBeLessThanOrEqual(predicted)
        expect(ratio).toBeGreaterThanOrEqual(0)
        expect(ratio).toBeLessThanOrEqual(1)
      }
      clock.advance(10_000)
      await ahead.get('last')
      const { predicted, hit, missed } = ahead.usefulness
      expect(hit + missed).toBe(predicted)
      await cache.close()
    }),
    { numRuns: 100 },
  )
})

describe('what follows what', () => {
  it('is kept for so many keys at most', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat({ max: 50 }), fc.nat({ max: 50 }))), (pairs) => {
        const chain = new Chain(8)
        for (const [key, next] of pairs) chain.learn(`${key}`, `${next}`)
        expect(chain.size).toBeLessThanOrEqual(8)
        for (let key = 0; key <= 50; key += 1) expect(chain.likely(`${key}`, 0.001).length).toBeLessThanOrEqual(4)
      }),
    )
  })

  it('gives way to what follows now', () => {
    const chain = new Chain(8)
    for (let times = 0; times < 1_000; times += 1) chain.learn('a', 'old')
    for (let times = 0; times < 100; times += 1) chain.learn('a', 'new')
    expect(chain.likely('a', 0.3)[0]).toBe('new')
  })

  it('is found among any number that come but once', () => {
    const chain = new Chain(8)
    for (let times = 0; times < 1_000; times += 1) chain.learn('a', times % 2 === 0 ? 'often' : `once ${times}`)
    expect(chain.likely('a', 0.3)).toEqual(['often'])
  })
})

it.each<[string, object, string]>([
  ['no loader', {}, 'expected load to be a function'],
  ['a share that is none', { load: () => '', threshold: 20 }, 'expected threshold to be a number between 0 and 1'],
  ['an unknown option', { load: () => '', windows: 3 }, 'did you mean "window"'],
])('%s is refused', async (_, options, text) => {
  const { cache, ahead } = fresh()
  expect(() => predictor(cache, as<PredictorOptions<string>>(options))).toThrow(text)
  expect(() => predictor(as<Cache<string>>({}), { load: () => '' })).toThrow('expected cache to be a cache')
  expect(() => ahead.learn(as<string[]>(5))).toThrow('expected keys to be a list of keys')
  await cache.close()
})
