import { memory } from '@cachette/adapter-memory'
import { type Bytes, createCache, type LoadEvent, manualClock, newCall, SEPARATOR, type Store } from '@cachette/core'
import { hooks } from '@cachette/middleware/hooks'
import { type TagsOptions, tags } from '@cachette/middleware/tags'
import { describe, expect, test } from 'vitest'
import { paused } from './paused.js'

function open(store: Store<Bytes> = memory({ copies: true }), options: TagsOptions = {}) {
  const own = tags(options)
  const cache = createCache<string>({ store, use: [own], ttlMs: 60_000, graceMs: 60_000 })
  const loads: LoadEvent['outcome'][] = []
  cache.on('load', ({ outcome }) => loads.push(outcome))
  return { cache, own, store, loads }
}

const later = (store: Store<Bytes>, traits: Partial<Store['traits']> = {}): Store<Bytes> =>
  paused(store, { pass: () => Promise.resolve() }, traits)

async function keysOf(cache: { keys(): AsyncIterable<string> }): Promise<readonly string[]> {
  const keys: string[] = []
  for await (const key of cache.keys()) keys.push(key)
  return keys
}

describe('A tag that is invalidated', () => {
  test('hides all that was written with it, and nothing else', async () => {
    const { cache, own } = open()
    await cache.set('a', 'a', { tags: ['one', 'two'] })
    await cache.set('b', 'b', { tags: ['two'] })
    await cache.set('c', 'c')
    await cache.namespace('inner').set('a', 'inner', { tags: ['one'] })
    await own.invalidate(['one'])
    expect(await cache.getMany(['a', 'b', 'c'])).toEqual([undefined, 'b', 'c'])
    expect(await cache.namespace('inner').get('a')).toBeUndefined()
    expect(await cache.lookup('a')).toMatchObject({ outcome: 'miss', why: 'hidden' })
    expect(await cache.delete('a')).toBe(false)
    expect(await cache.add('a', 'again', { tags: ['one'] })).toBe(true)
    expect(await cache.lookup('a')).toMatchObject({ outcome: 'hit', value: 'again', tags: ['one'] })
  })

  test('softly, makes it stale: served, and refreshed', async () => {
    const { cache, own } = open()
    await cache.set('a', 'old', { tags: ['one'] })
    await own.invalidate(['one'], { soft: true })
    expect(await cache.lookup('a')).toMatchObject({ outcome: 'stale', value: 'old' })
    const stored = new Promise((resolve) => cache.on('load', resolve))
    expect(await cache.getOrSet('a', () => 'new', { tags: ['one'] })).toBe('old')
    expect(await stored).toMatchObject({ outcome: 'stored' })
    expect(await cache.lookup('a')).toMatchObject({ outcome: 'hit', value: 'new' })
    await own.invalidate(['one'], { soft: true })
    await own.invalidate(['one'])
    expect(await cache.get('a')).toBeUndefined()
    await own.invalidate(['one'], { soft: true })
    expect(await cache.get('a')).toBeUndefined()
  })

  test('hides what is kept for loads that fail, too', async () => {
    const clock = manualClock()
    const { cache, own } = open(memory({ copies: true, clock }))
    const failing = (): never => {
      throw new Error('the source is down')
    }
    await cache.set('a', 'kept', { tags: ['one'], ttlMs: 10 })
    clock.advance(10)
    expect(await cache.getOrSet('a', failing)).toBe('kept')
    await own.invalidate(['one'])
    await expect(cache.getOrSet('a', failing)).rejects.toThrow('the source is down')
  })

  test('is told, each by its name', async () => {
    const { cache, own } = open()
    const told: string[] = []
    cache.on('invalidate', ({ what, source }) => told.push(`${source}: ${what}`))
    await own.invalidate(['one', 'two', 'one'])
    await own.invalidate([])
    expect(told).toEqual(['tags: tag one', 'tags: tag two'])
  })

  test('counts as invalidated when its marker is lost', async () => {
    const { cache, store } = open()
    await cache.set('a', 'a', { tags: ['one'] })
    await store.clear(`${SEPARATOR}tags${SEPARATOR}one`, newCall(Date.now()))
    expect(await cache.get('a')).toBeUndefined()
    await cache.set('a', 'b', { tags: ['one'] })
    expect(await cache.get('a')).toBe('b')
  })

  test('hides what a cache without the layer has written with it', async () => {
    const { cache, store } = open()
    await createCache<string>({ store }).set('a', 'unbound', { tags: ['one'] })
    expect(await cache.get('a')).toBeUndefined()
  })

  test('takes those along that depend on it, in circles too', async () => {
    const { cache, own } = open()
    own.depends('page', ['section'])
    own.depends('section', ['site'])
    own.depends('site', ['page'])
    await cache.set('a', 'a', { tags: ['page'] })
    await cache.set('b', 'b', { tags: ['section'] })
    own.depends('page', [])
    await cache.set('c', 'c', { tags: ['page'] })
    await own.invalidate(['site'])
    expect(await cache.getMany(['a', 'b', 'c'])).toEqual([undefined, undefined, 'c'])
  })

  test('answers at once where the store does', async () => {
    const { cache, own } = open()
    cache.sync.set('a', 'a', { tags: ['one'] })
    expect(cache.sync.get('a')).toBe('a')
    const invalidated = own.invalidate(['one'])
    expect(cache.sync.get('a')).toBeUndefined()
    expect(cache.sync.getOrSet('a', () => 'b', { tags: ['one'] })).toBe('b')
    expect(cache.sync.get('a')).toBe('b')
    await invalidated
  })
})

describe('Markers', () => {
  test('are seen by nobody, and go with everything when all is cleared', async () => {
    const { cache, own, store } = open()
    await cache.set('a', 'a', { tags: ['one'] })
    await own.invalidate(['two'])
    expect(await keysOf(cache)).toEqual(['a'])
    expect(await keysOf(createCache({ store }))).toEqual(['a'])
    await cache.clear()
    for await (const page of store.scan('', newCall(Date.now(), { show: 'all' }))) expect(page).toEqual([])
  })

  test('take one read more, however many entries and tags', async () => {
    const store = memory({ copies: true })
    let reads = 0
    const counted: Store<Bytes> = {
      ...later(store),
      read(keys, call) {
        reads += 1
        return store.read(keys, call)
      },
    }
    const { cache } = open(counted)
    await cache.setMany([
      ['a', 'a', { tags: ['one', 'two'] }],
      ['b', 'b', { tags: ['two', 'three'] }],
      ['c', 'c'],
    ])
    const readsOf = async (work: () => Promise<unknown>): Promise<number> => {
      reads = 0
      await work()
      return reads
    }
    expect(await readsOf(() => cache.getMany(['a', 'b', 'c']))).toBe(2)
    expect(await readsOf(() => cache.get('c'))).toBe(1)
    expect(await readsOf(() => cache.getOrSet('a', () => 'x'))).toBe(2)
    expect(await readsOf(() => cache.getOrSet('c', () => 'x'))).toBe(1)
  })
})

test('Where a read takes a round trip, markers that were needed before are read in the same one', async () => {
  const common = memory({ copies: true })
  let [reads, trips, under] = [0, 0, 0]
  const slow: Store<Bytes> = {
    ...later(common, { shared: true, conditional: 'shared' }),
    async read(keys, call) {
      reads += 1
      if (under === 0) trips += 1
      under += 1
      await new Promise(setImmediate)
      under -= 1
      return common.read(keys, call)
    },
  }
  const { cache } = open(slow)
  const other = open(later(common, { shared: true, conditional: 'shared' }))
  const of = async (work: () => Promise<unknown>): Promise<readonly unknown[]> => {
    reads = trips = 0
    return [await work(), reads, trips]
  }
  await other.cache.set('a', 'A', { tags: ['one'] })
  expect(await of(() => cache.get('a'))).toEqual(['A', 2, 2])
  expect(await of(() => cache.get('a'))).toEqual(['A', 2, 1])
  expect(await of(() => cache.getOrSet('a', () => 'x'))).toEqual(['A', 2, 1])
  // What is hidden is looked at once more; so is what has other tags than before.
  await other.own.invalidate(['one'])
  expect(await of(() => cache.get('a'))).toEqual([undefined, 3, 2])
  await other.cache.set('a', 'B', { tags: ['two'] })
  expect(await of(() => cache.get('a'))).toEqual(['B', 3, 2])
  expect(await of(() => cache.get('a'))).toEqual(['B', 2, 1])
  await other.cache.set('a', 'C')
  expect(await of(() => cache.get('a'))).toEqual(['C', 2, 1])
  expect(await of(() => cache.get('a'))).toEqual(['C', 1, 1])
})

describe('A load', () => {
  for (const [world, make] of Object.entries({
    'that is ready': () => memory({ copies: true }),
    'that answers later': () => later(memory({ copies: true })),
    'of several processes': () => later(memory({ copies: true }), { shared: true, conditional: 'shared' }),
    'without conditions': () => later(memory({ copies: true }), { shared: true, conditional: 'none' }),
    'that may evict': () => later(memory({ copies: true }), { shared: true, conditional: 'shared', evicts: 'any' }),
  })) {
    test(`lands where nothing was invalidated, in a store ${world}`, async () => {
      const { cache, loads } = open(make())
      await Promise.all([
        cache.getOrSet('a', () => 'a', { tags: ['one'] }),
        cache.getOrSet('b', ({ keep }) => {
          keep({ tags: ['two'] })
          return 'b'
        }),
      ])
      while (loads.length < 2) await new Promise(setImmediate)
      expect(loads).toEqual(['stored', 'stored'])
      expect(await cache.getMany(['a', 'b'])).toEqual(['a', 'b'])
    })
  }

  test('lands while other tags are invalidated', async () => {
    const { cache, own, loads } = open(later(memory({ copies: true })))
    await own.invalidate(['two'])
    const load = async ({ keep }: { keep(options: { tags: readonly string[] }): void }): Promise<string> => {
      await own.invalidate(['one'])
      keep({ tags: ['two', 'new'] })
      return 'a'
    }
    await cache.getOrSet('a', load)
    while (loads.length < 1) await new Promise(setImmediate)
    expect(loads).toEqual(['stored'])
    expect(await cache.get('a')).toBe('a')
  })

  test('is not joined by who comes after its tag was invalidated', async () => {
    const { cache, own } = open()
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const first = cache.getOrSet('a', () => held.then(() => 'before'), { tags: ['one'] })
    await own.invalidate(['one'])
    expect(await cache.getOrSet('a', () => 'after', { tags: ['one'] })).toBe('after')
    release()
    expect(await first).toBe('before')
    expect(await cache.get('a')).toBe('after')
  })
})

test('Of two processes that invalidate at once, neither lets a load land that began before', async () => {
  const common = memory({ copies: true })
  const shared = { shared: true, conditional: 'shared' } as const
  for (let at = 1; at < 12; at += 1) {
    let passed = 0
    let other = (): Promise<void> => Promise.resolve()
    const pass = async (): Promise<void> => {
      passed += 1
      if (passed === at) await other()
    }
    const [loading, held, free] = [
      open(later(common, shared)),
      open(paused(common, { pass }, shared)),
      open(later(common, shared)),
    ]
    await loading.cache.clear()
    await loading.own.invalidate(['one', 'two'])
    passed = 0
    other = () => free.own.invalidate(['two'])
    await loading.cache.getOrSet('a', async ({ keep }) => {
      await held.own.invalidate(['one'])
      keep({ tags: ['one'] })
      return 'before'
    })
    while (loading.loads.length < 1) await new Promise(setImmediate)
    expect(loading.loads).toEqual(['discarded'])
    expect(await free.cache.get('a')).toBeUndefined()
  }
})

test('An invalidation that meets the order which a load has just begun, comes after it', async () => {
  const common = memory({ copies: true })
  const shared = { shared: true, conditional: 'shared' } as const
  const order = `${SEPARATOR}tags${SEPARATOR}`
  let begin = (): void => undefined
  const looked = new Promise<void>((resolve) => {
    begin = resolve
  })
  const loading = open({
    ...later(common, shared),
    async write(changes, call) {
      if (changes.some(({ key }) => key === order)) await looked
      return common.write(changes, call)
    },
  })
  const invalidating = open({
    ...later(common, shared),
    async read(keys, call) {
      const found = await common.read(keys, call)
      if (keys.includes(order)) begin()
      for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate)
      return found
    },
  })
  await loading.cache.getOrSet('a', async ({ keep }) => {
    await invalidating.own.invalidate(['one'])
    keep({ tags: ['one'] })
    return 'before'
  })
  while (loading.loads.length < 1) await new Promise(setImmediate)
  expect(loading.loads).toEqual(['discarded'])
  expect(await invalidating.cache.get('a')).toBeUndefined()
})

describe('What was read before an invalidation', () => {
  const verbs = {
    touch: (cache) => cache.touch('a', { ttlMs: 1_000 }),
    update: (cache) => cache.update('a', (value) => `${value} updated`),
    take: (cache) => cache.take('a'),
  } satisfies Record<string, (cache: ReturnType<typeof open>['cache']) => Promise<unknown>>

  for (const [verb, run] of Object.entries(verbs)) {
    test(`is not brought back by ${verb}, whenever the invalidation comes`, async () => {
      for (let at = 1, passed = 0; at <= passed + 1; at += 1) {
        const common = memory({ copies: true })
        const shared = { shared: true, conditional: 'shared' } as const
        const other = open(later(common, shared))
        await other.cache.set('a', 'before', { tags: ['one'] })
        passed = 0
        const pass = async (): Promise<void> => {
          passed += 1
          if (passed === at) await other.own.invalidate(['one'])
        }
        const { cache } = open(paused(common, { pass }, shared))
        await run(cache)
        if (passed < at) break
        // An update that comes after makes its value of nothing.
        expect([undefined, 'undefined updated']).toContain(await other.cache.get('a'))
      }
    })
  }
})

describe('What the layer cannot do', () => {
  test('is refused', async () => {
    const { own } = open()
    const { own: unconditional } = open(later(memory({ copies: true }), { conditional: 'none' }))
    await expect(unconditional.invalidate(['one'], { soft: true })).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    await expect(own.invalidate([''])).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    // @ts-expect-error: a name is no list of names
    await expect(own.invalidate('one')).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    // @ts-expect-error: there is no such option
    await expect(own.invalidate(['one'], { hard: true })).rejects.toThrow('no option "hard"')
    // @ts-expect-error: there is no such option
    expect(() => tags({ deadline: 1 })).toThrow('did you mean "deadlineMs"')
    expect(() => tags({ deadlineMs: 0 })).toThrow('deadlineMs')
    // @ts-expect-error: a function is no hooks
    expect(() => tags({ hooks: () => undefined })).toThrow('what hooks() gave')
    expect(() => own.depends('', ['a'])).toThrow('non-empty')
    await expect(tags().invalidate(['one'])).rejects.toThrow('stands in no cache')
    await expect(own.invalidate(['t'.repeat(1_600)])).rejects.toMatchObject({ code: 'INVALID_KEY' })
  })

  test('fails when the cache is closed, and when its time is over', async () => {
    const { cache, own } = open()
    await expect(own.invalidate(['one'], { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' })
    await cache.close()
    await expect(own.invalidate(['one'])).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

test('Hooks hear of an invalidation, and may veto or widen it', async () => {
  const heard: string[] = []
  const watch = hooks({
    before({ by, targets, soft }) {
      heard.push(`before ${by} ${targets.join()} ${String(soft)}`)
      if (targets.includes('safe')) return false
      return targets.includes('one') ? [...targets, 'two'] : undefined
    },
    after: ({ targets }, error) => void heard.push(`after ${targets.join()} ${error?.code ?? 'done'}`),
  })
  const { cache, own } = open(undefined, { hooks: watch })
  await cache.set('a', 'a', { tags: ['two'] })
  await cache.set('b', 'b', { tags: ['safe'] })
  await own.invalidate(['one'])
  await expect(own.invalidate(['safe'], { soft: true })).rejects.toMatchObject({ code: 'REJECTED', retry: 'no' })
  expect(await cache.getMany(['a', 'b'])).toEqual([undefined, 'b'])
  expect(heard).toEqual(['before tags one false', 'after one,two done', 'before tags safe true'])
})
