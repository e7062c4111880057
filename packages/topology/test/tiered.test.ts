import { memory } from '@cachette/adapter-memory'
import { faulty } from '@cachette/conformance'
import { type Bus, type Bytes, createCache, type ManualClock, manualClock, type Store } from '@cachette/core'
import { describe, expect, test } from 'vitest'
import { memoryHub, type TieredNotice, type TieredOptions, tiered } from '../src/index.js'

/** A tier of record that can be switched off. */
function server(clock: ManualClock): { readonly store: Store<Bytes>; dead: boolean } {
  const store = faulty(memory({ copies: true, clock }), { seed: 1, clock, rates: { error: 1 } })
  store.enabled = false
  return {
    store,
    get dead() {
      return store.enabled
    },
    set dead(dead) {
      store.enabled = dead
    },
  }
}

interface Setup {
  readonly bus?: Bus
  readonly ttlMs?: number
  readonly options?: Partial<TieredOptions<unknown>>
}

function opened(clock: ManualClock, record: Store<Bytes>, { bus, ttlMs, options }: Setup = {}) {
  const near = memory<unknown>({ clock })
  const notices: TieredNotice[] = []
  const store = tiered<unknown>({
    tiers: [{ store: near, ttlMs }, { store: record }],
    bus,
    clock,
    onNotice: (notice) => notices.push(notice),
    ...options,
  })
  return { near, store, notices, cache: createCache<unknown>({ store, clock }) }
}

const turns = async (count = 20): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve()
}

describe('reads', () => {
  test('fall through to the tier of record, fill back, and say which tier answered', async () => {
    const clock = manualClock()
    const { store: record } = server(clock)
    const writer = opened(clock, record)
    await writer.cache.set('a', { b: 1 }, { ttlMs: 60_000 })
    const { cache, store } = opened(clock, record)
    expect(await cache.lookup('a')).toMatchObject({
      outcome: 'hit',
      value: { b: 1 },
      tier: 'faulty memory',
      expiresInMs: 60_000,
    })
    expect(store.stats().tiers.map(({ hits, misses }) => ({ hits, misses }))).toEqual([
      { hits: 0, misses: 1 },
      { hits: 1, misses: 0 },
    ])
    expect(await cache.get('a')).toEqual({ b: 1 })
    expect(store.stats().tiers[0]).toMatchObject({ hits: 1 })
    expect(store.stats().tiers[1]).toMatchObject({ hits: 1 })
  })

  test('ask a lower tier for what is missing alone, in one call', async () => {
    const clock = manualClock()
    const { store: record } = server(clock)
    const asked: (readonly string[])[] = []
    const watched: Store<Bytes> = {
      ...record,
      name: 'watched',
      read: (keys, call) => {
        asked.push(keys)
        return record.read(keys, call)
      },
      write: (changes, call) => record.write(changes, call),
      scan: (prefix, call) => record.scan(prefix, call),
      clear: (prefix, call) => record.clear(prefix, call),
      close: () => record.close(),
      traits: record.traits,
      contract: 1,
    }
    const { cache } = opened(clock, watched)
    await cache.set('a', 1)
    expect(await cache.getMany(['x', 'a', 'y'])).toEqual([undefined, 1, undefined])
    expect(asked).toEqual([['x', 'y']])
  })

  test('a copy is trusted no longer than its tier says, and its entry keeps its own times', async () => {
    const clock = manualClock()
    const { store: record } = server(clock)
    const { cache, store } = opened(clock, record, { ttlMs: 1_000 })
    await cache.set('a', 1, { ttlMs: 10_000 })
    clock.advance(999)
    expect(await cache.lookup('a')).toMatchObject({ value: 1, expiresInMs: 9_001 })
    expect(store.stats().tiers[0]).toMatchObject({ hits: 1, misses: 0 })
    clock.advance(1)
    expect(await cache.lookup('a')).toMatchObject({ value: 1, expiresInMs: 9_000 })
    expect(store.stats().tiers[0]).toMatchObject({ hits: 1, misses: 1 })
    clock.advance(9_000)
    expect(await cache.get('a')).toBeUndefined()
  })
})

describe('while the tier of record is gone', () => {
  test('copies are served also past the time they are trusted for, and nothing past their own', async () => {
    const clock = manualClock()
    const record = server(clock)
    const { cache } = opened(clock, record.store, { ttlMs: 1_000 })
    await cache.set('a', 1, { ttlMs: 10_000 })
    record.dead = true
    clock.advance(5_000)
    expect(await cache.get('a')).toBe(1)
    await expect(cache.get('b')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(cache.getMany(['a', 'b'])).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    clock.advance(5_000)
    await expect(cache.get('a')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('writes resolve once the nearer tier has them, wait, and reach it when it is back', async () => {
    const clock = manualClock()
    const record = server(clock)
    const { cache, store, notices } = opened(clock, record.store)
    record.dead = true
    await cache.set('a', 1)
    await cache.set('a', 2)
    await cache.delete('b')
    expect(await cache.get('a')).toBe(2)
    expect(store.stats().pending).toBe(2)
    expect(notices.map(({ type }) => type)).toEqual(['pending', 'pending', 'pending'])
    record.dead = false
    await store.flush()
    expect(store.stats().pending).toBe(0)
    expect(notices.at(-1)).toEqual({ type: 'recovered', keys: ['a', 'b'] })
    expect(await opened(clock, record.store).cache.get('a')).toBe(2)
  })

  test('it is tried again by itself, with pauses', async () => {
    const clock = manualClock()
    const record = server(clock)
    const { cache, store } = opened(clock, record.store)
    record.dead = true
    await cache.set('a', 1)
    clock.advance(100)
    await turns()
    expect(store.stats().pending).toBe(1)
    record.dead = false
    clock.advance(200)
    await turns(100)
    expect(store.stats().pending).toBe(0)
  })

  test('the newest version wins when it is back, and what was to end has ended', async () => {
    const clock = manualClock()
    const record = server(clock)
    const { cache, store, notices } = opened(clock, record.store)
    const other = opened(clock, record.store)
    record.dead = true
    await cache.set('older', 'mine')
    await cache.set('brief', 'mine', { ttlMs: 50 })
    clock.advance(60)
    record.dead = false
    await other.cache.set('older', 'theirs')
    await store.flush()
    expect(await cache.get('older')).toBe('theirs')
    expect(await cache.get('brief')).toBeUndefined()
    expect(notices).toContainEqual({ type: 'dropped', keys: ['older'], why: 'newer' })
    expect(notices).toContainEqual({ type: 'dropped', keys: ['brief'], why: 'expired' })
  })

  test('a removal that waited removes what it should have, and nothing newer', async () => {
    const clock = manualClock()
    const record = server(clock)
    const { cache, store } = opened(clock, record.store)
    const other = opened(clock, record.store)
    await cache.setMany([
      ['a', 1],
      ['b', 1],
    ])
    record.dead = true
    expect(await cache.deleteMany(['a', 'b'])).toEqual([true, true])
    expect(await cache.getMany(['a', 'b'])).toEqual([undefined, undefined])
    clock.advance(5)
    record.dead = false
    await other.cache.set('b', 2)
    await store.flush()
    expect(await cache.getMany(['a', 'b'])).toEqual([undefined, 2])
  })

  test('what hangs on a condition fails, since nobody can judge it', async () => {
    const clock = manualClock()
    const record = server(clock)
    const { cache } = opened(clock, record.store)
    record.dead = true
    await expect(cache.add('a', 1)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(await cache.getOrSet('a', () => 'loaded')).toBe('loaded')
  })

  test('the queue is bounded: beyond it writes fail, and leave no copy', async () => {
    const clock = manualClock()
    const record = server(clock)
    const { cache, near, store } = opened(clock, record.store, { options: { maxPending: 1 } })
    record.dead = true
    await cache.set('a', 1)
    await expect(cache.set('b', 1)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(store.stats().pending).toBe(1)
    expect(await near.read(['b'], { id: 0, now: clock.now(), deadline: Infinity })).toEqual([undefined])
  })

  test("with outage: 'reject' writes fail, and the copy that may be older is gone", async () => {
    const clock = manualClock()
    const record = server(clock)
    const { cache } = opened(clock, record.store, { options: { outage: 'reject' } })
    await cache.set('a', 1)
    record.dead = true
    await expect(cache.set('a', 2)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    record.dead = false
    expect(await cache.get('a')).toBe(1)
  })

  test('closing with writes that never arrived says how many', async () => {
    const clock = manualClock()
    const record = server(clock)
    const { cache, notices } = opened(clock, record.store)
    record.dead = true
    await cache.set('a', 1)
    await expect(cache.close()).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { lost: 1 } })
    expect(notices.at(-1)).toEqual({ type: 'dropped', keys: ['a'], why: 'closed' })
  })
})

describe('coherence', () => {
  const pair = async (clock = manualClock()) => {
    const hub = memoryHub()
    const { store: record } = server(clock)
    const one = opened(clock, record, { bus: hub.bus() })
    const two = opened(clock, record, { bus: hub.bus() })
    await turns()
    return { clock, hub, record, one, two }
  }

  test('what one process changes, the other no longer serves', async () => {
    const { one, two } = await pair()
    await one.cache.setMany([
      ['a', 1],
      ['b', 1],
      ['n:c', 1],
    ])
    await two.cache.getMany(['a', 'b', 'n:c'])
    await one.cache.set('a', 2)
    await one.cache.delete('b')
    await turns()
    expect(await two.cache.getMany(['a', 'b'])).toEqual([2, undefined])
    await one.cache.clear()
    await turns()
    expect(await two.cache.get('n:c')).toBeUndefined()
  })

  test('changes of one turn travel in one message', async () => {
    const { hub, one } = await pair()
    const heard: unknown[] = []
    const listener = { message: (message: unknown) => heard.push(message), gap: () => undefined }
    await hub.bus().subscribe('tiered', listener, { id: 0, now: 0, deadline: Infinity })
    await Promise.all([one.cache.set('a', 1), one.cache.set('b', 1), one.cache.set('c', 1)])
    await turns()
    expect(heard).toMatchObject([{ type: 'invalidate', changes: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] }])
  })

  test('a word that is older than the copy changes nothing', async () => {
    const { clock, hub, two } = await pair()
    await two.cache.set('a', 1)
    const version = { time: clock.now() - 1_000, count: 0, writer: 1 }
    const call = { id: 0, now: 0, deadline: Infinity }
    await hub.bus().publish('tiered', { type: 'invalidate', changes: [{ scope: 'key', name: 'a', version }] }, call)
    await two.cache.get('a')
    expect(two.store.stats().tiers[0]).toMatchObject({ hits: 1, misses: 0 })
    expect(two.store.stats().coherence).toMatchObject({ heard: 1, lagMs: 1_000, maxLagMs: 1_000, boundMs: Infinity })
  })

  test('a read on its way when the word comes is not kept', async () => {
    const clock = manualClock()
    const hub = memoryHub()
    const inner = memory({ copies: true, clock })
    const gate: { open?: () => void } = {}
    const held: Store<Bytes> = {
      name: 'held',
      contract: 1,
      traits: { ...inner.traits, sync: 'none', lives: 'server', shared: true },
      read: async (keys, call) => {
        const found = inner.read(keys, call)
        if (gate.open === undefined) return found
        await new Promise<void>((resolve) => {
          gate.open = resolve
        })
        return found
      },
      write: async (changes, call) => inner.write(changes, call),
      scan: (prefix, call) => inner.scan(prefix, call),
      clear: async (prefix, call) => inner.clear(prefix, call),
      close: () => undefined,
    }
    const { cache, near } = opened(clock, held, { bus: hub.bus() })
    await turns()
    gate.open = () => undefined
    const reading = cache.get('a')
    await turns()
    const version = { time: clock.now() + 1, count: 0, writer: 1 }
    const call = { id: 0, now: clock.now(), deadline: Infinity }
    await hub.bus().publish('tiered', { type: 'invalidate', changes: [{ scope: 'key', name: 'a', version }] }, call)
    gate.open()
    await reading
    expect(await near.read(['a'], call)).toEqual([undefined])
  })

  test('a gap empties the copies, and is told', async () => {
    const clock = manualClock()
    const { store: record } = server(clock)
    const listeners: { gap(gap: { reason: 'reconnected'; since: number }): void }[] = []
    const bus: Bus = {
      name: 'gaps',
      contract: 1,
      publish: () => undefined,
      subscribe: (_, listener) => {
        listeners.push(listener)
        return () => undefined
      },
      close: () => undefined,
    }
    const { cache, store, notices } = opened(clock, record, { bus })
    await turns()
    await cache.set('a', 1)
    listeners[0]?.gap({ reason: 'reconnected', since: 5 })
    await cache.get('a')
    expect(store.stats()).toMatchObject({ tiers: [{ hits: 0 }, { hits: 1 }], coherence: { gaps: 1 } })
    expect(notices).toContainEqual({ type: 'gap', reason: 'reconnected', since: 5 })
  })

  test('before it listens no copy is believed, and what was copied until then is forgotten', async () => {
    const clock = manualClock()
    const { store: record } = server(clock)
    let fails = true
    const bus: Bus = {
      name: 'deaf',
      contract: 1,
      publish: () => undefined,
      subscribe: () => {
        if (fails) throw new Error('no line')
        return () => undefined
      },
      close: () => undefined,
    }
    const { cache, near, store } = opened(clock, record, { bus })
    await turns()
    await cache.set('a', 1)
    await cache.get('a')
    expect(store.stats()).toMatchObject({ tiers: [{ hits: 0 }, { hits: 1 }] })
    fails = false
    clock.advance(200)
    await turns()
    expect(await near.read(['a'], { id: 0, now: clock.now(), deadline: Infinity })).toEqual([undefined])
    await cache.get('a')
    expect(await near.read(['a'], { id: 0, now: clock.now(), deadline: Infinity })).toMatchObject([{ value: 1 }])
  })

  test('each sees who else is there, and who fell silent', async () => {
    const { clock, one, two } = await pair()
    clock.advance(10_000)
    await turns()
    expect(one.store.fleet()).toMatchObject([{ silent: false, since: clock.now() - 10_000, summary: { pending: 0 } }])
    await two.cache.close()
    clock.advance(30_001)
    expect(one.store.fleet()).toMatchObject([{ silent: true }])
  })
})

describe('mistakes', () => {
  const clock = manualClock()
  const near = { store: memory({ clock }) }
  test.each([
    [{ tiers: [near] }, 'two or more tiers'],
    [{ tiers: [near, { store: memory({ clock }), ttlMs: 5 }] }, 'the last tier is the one of record'],
    [{ tiers: [near, near], outage: 'wait' }, "outage to be 'queue' or 'reject'"],
    [{ tiers: [near, near], maxPendings: 1 }, 'did you mean "maxPending"'],
    [{ tiers: [near, { store: 5 }] }, 'store to be an object'],
  ])('are told at once: %#', (options, message) => {
    expect(() => tiered(options as unknown as TieredOptions<unknown>)).toThrow(message)
  })
})
