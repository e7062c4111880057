import { memory } from '@cachette/adapter-memory'
import { createCache, type Found, manualClock, newCall, SEPARATOR } from '@cachette/core'
import { TTL_DEFAULTS, type TtlFunction, type TtlOptions, type TtlRule, ttl } from '@cachette/middleware/ttl'
import { describe, expect, it } from 'vitest'
import { failureOf } from './support/failures.js'

const NOW = 1_000_000

function ruled(rules: readonly (TtlRule | TtlFunction)[], mode?: TtlOptions['mode']) {
  const clock = manualClock(NOW)
  const store = memory({ copies: true, clock })
  const layer = ttl({ rules, mode })
  const cache = createCache<string>({ store, clock, use: [layer], ttlMs: 10_000 })
  const times = async (key = 'a') => {
    const [found] = await store.read([key], newCall(clock.now(), { show: 'all' }))
    const { staleAt, expiresAt, keptUntil }: Found = found ?? expect.unreachable()
    return [staleAt, expiresAt, keptUntil].map((at) => at - clock.now())
  }
  return { clock, cache, layer, times }
}

describe('a rule', () => {
  it('is about keys by a pattern, about namespaces, about tags, and all that it says together', async () => {
    const { cache, times } = ruled([
      { keys: 'user:*', tag: 'vip', ttlMs: 1 },
      { namespace: ['shop', 'prices'], ttlMs: 2 },
      { namespace: 'shop', keys: '*', ttlMs: 3 },
      { tag: 'short', ttlMs: 4 },
      { keys: 'user:?', ttlMs: 5 },
    ])
    const shop = cache.namespace('shop')
    await cache.set('user:1', 'x')
    await cache.set('user:2', 'x', { tags: ['short', 'vip'] })
    await cache.set('user:3', 'x', { tags: ['short'] })
    await cache.set('user:44', 'x')
    await shop.set('tea', 'x')
    await shop.namespace('prices').set('tea', 'x')
    await shop.namespace('prices').namespace('old').set('tea', 'x')
    await cache.namespace('prices').set('tea', 'x')
    const keys = [
      'user:1',
      'user:2',
      'user:3',
      'user:44',
      'shop␟tea',
      'shop␟prices␟tea',
      'shop␟prices␟old␟tea',
      'prices␟tea',
    ]
    const ends = await Promise.all(keys.map(async (key) => (await times(key.replaceAll('␟', SEPARATOR)))[1]))
    expect(ends).toEqual([5, 1, 4, 10_000, 3, 2, 2, 10_000])
    await cache.close()
  })

  it('may be a function, which may say nothing', async () => {
    const asked: unknown[] = []
    const { cache, times } = ruled([
      (entry) => {
        asked.push(entry)
        return entry.key.length > 1 ? { ttlMs: entry.key.length } : undefined
      },
      { ttlMs: 99 },
    ])
    await cache.namespace('n').set('abc', 'x', { tags: ['t'] })
    await cache.set('a', 'x')
    expect(asked).toEqual([
      { key: 'abc', namespace: ['n'], tags: ['t'] },
      { key: 'a', namespace: [], tags: [] },
    ])
    expect([(await times(`n${SEPARATOR}abc`))[1], (await times())[1]]).toEqual([3, 99])
    await cache.close()
  })

  it('that throws, or gives what are no lifetimes, fails the write', async () => {
    const given: readonly TtlFunction[] = [
      () => {
        throw new Error('broken')
      },
      () => ({ ttlMs: 0 }),
      () => ({ ttl: 5 }) as object,
      () => ({ ttlMs: 5, freshMs: 6 }),
      () => 5 as never,
    ]
    for (const rule of given) {
      const { cache } = ruled([rule])
      await failureOf(() => cache.set('a', 'x'))
      expect(await cache.get('a')).toBeUndefined()
      await cache.close()
    }
  })
})

describe('lifetimes that replace', () => {
  it('are given phase by phase; what a rule leaves out stays as it was', async () => {
    const cases: readonly [TtlRule, object, readonly number[]][] = [
      [{ ttlMs: 100 }, {}, [100, 100, 100]],
      [{ ttlMs: 100 }, { freshMs: 50, graceMs: 7 }, [50, 100, 107]],
      [{ ttlMs: 100 }, { freshMs: 500, graceMs: 7 }, [100, 100, 107]],
      [{ ttlMs: 100, freshMs: 20, graceMs: 1_000 }, { freshMs: 50, graceMs: 7 }, [20, 100, 1_100]],
      [{ ttlMs: 100_000 }, {}, [100_000, 100_000, 100_000]],
      [{ freshMs: 20 }, {}, [20, 10_000, 10_000]],
      [{ freshMs: 20_000 }, {}, [10_000, 10_000, 10_000]],
      [{ graceMs: 5 }, {}, [10_000, 10_000, 10_005]],
      [{ ttlMs: 100 }, { ttlMs: Infinity }, [100, 100, 100]],
      [{ ttlMs: Infinity }, {}, [Infinity, Infinity, Infinity]],
    ]
    for (const [rule, options, expected] of cases) {
      const { cache, times } = ruled([rule])
      await cache.set('a', 'x', options)
      expect(await times(), JSON.stringify([rule, options])).toEqual(expected)
      await cache.close()
    }
  })

  it('are those of new entries: touch and update keep what they say', async () => {
    const { cache, times, clock } = ruled([{ ttlMs: 100 }])
    await cache.set('a', 'x')
    clock.advance(10)
    await cache.update('a', () => 'y')
    expect((await times())[1]).toBe(90)
    await cache.touch('a', { ttlMs: 5_000 })
    expect((await times())[1]).toBe(5_000)
    await cache.update('a', () => 'z', { ttlMs: 7_000 })
    expect((await times())[1]).toBe(100)
    await cache.close()
  })

  it('are what a sliding entry is given again', async () => {
    const { cache, times, clock } = ruled([{ keys: 'a', ttlMs: 100 }, { ttlMs: Infinity }])
    await cache.set('a', 'x', { sliding: true })
    await cache.set('b', 'x', { sliding: true })
    clock.advance(60)
    await cache.getMany(['a', 'b'])
    expect([(await times('a'))[1], (await times('b'))[1]]).toEqual([100, Infinity])
    await cache.close()
  })
})

describe('lifetimes that shorten', () => {
  it('are the most that any write may give', async () => {
    const { cache, times, clock } = ruled([{ ttlMs: 100, freshMs: 60, graceMs: 5 }], 'shorten')
    await cache.set('a', 'x', { graceMs: 50 })
    expect(await times()).toEqual([60, 100, 105])
    await cache.set('a', 'x', { ttlMs: 40 })
    expect(await times()).toEqual([40, 40, 40])
    await cache.touch('a', { ttlMs: Infinity })
    expect(await times()).toEqual([60, 100, 100])
    clock.advance(30)
    await cache.update('a', () => 'y')
    expect(await times()).toEqual([30, 70, 70])
    await cache.set('s', 'x', { sliding: true })
    clock.advance(50)
    await cache.get('s')
    expect((await times('s'))[1]).toBe(100)
    await cache.close()
  })
})

describe('ttl', () => {
  it('checks its options as a whole, and changes them while it runs', async () => {
    const { cache, layer, times } = ruled([{ ttlMs: 100 }])
    const wrong: readonly [object, RegExp][] = [
      [{ rules: [{ ttlMs: 0 }] }, /ttl, rule 1: expected ttlMs to be a positive number/],
      [{ rules: [{ ttlMs: 1 }, { ttl: 5 }] }, /ttl, rule 2 has no option "ttl"/],
      [{ rules: [{ ttlMs: 1, freshMs: 2 }] }, /expected freshMs to be at most ttlMs/],
      [{ rules: [{ namespace: [1], ttlMs: 1 }] }, /a list of names/],
      [{ rules: [undefined] }, /ttl, rule 1 expected its options as an object/],
      [{ rules: { keys: '*' } }, /expected rules to be an array/],
      [{ rules: [], mode: 'cap' }, /'replace' or 'shorten'/],
      [{ rules: [], modes: 'shorten' }, /did you mean "mode"/],
    ]
    for (const [options, message] of wrong) {
      expect((await failureOf(() => ttl(options as TtlOptions))).message).toMatch(message)
      expect((await failureOf(() => layer.configure(options))).message).toMatch(message)
    }
    expect((await failureOf(() => ttl({} as TtlOptions))).message).toMatch(/expected rules to be an array/)
    expect((await failureOf(() => layer.configure(null as never))).code).toBe('INVALID_OPTION')
    expect(layer.settings).toEqual({ ...TTL_DEFAULTS, rules: [{ ttlMs: 100 }] })
    layer.configure({ mode: 'shorten' })
    await cache.set('a', 'x', { ttlMs: 50 })
    expect((await times())[1]).toBe(50)
    layer.configure({ rules: [{ ttlMs: 20 }] })
    await cache.set('a', 'x', { ttlMs: 50 })
    expect((await times())[1]).toBe(20)
    await cache.close()
  })
})
