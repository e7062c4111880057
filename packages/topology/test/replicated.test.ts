import { memory } from '@cachette/adapter-memory'
import { type FaultyStore, faulty } from '@cachette/conformance'
import { type Bytes, createCache, type ManualClock, manualClock } from '@cachette/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ReplicatedOptions, replicated, type WriteConcern } from '../src/index.js'

interface Setup {
  readonly write?: WriteConcern
  readonly tombstoneMs?: number
}

/** Three replicas, each of which can be cut off. */
function three(clock: ManualClock, setup: Setup = {}) {
  const stores = [0, 1, 2].map((seed) => {
    const store = faulty(memory({ copies: true, clock }), { seed, clock, rates: { error: 1 } })
    store.enabled = false
    return store
  })
  const store = replicated({
    replicas: stores.map((replica, index) => ({ name: `replica-${index}`, store: replica })),
    clock,
    ...setup,
  })
  return { stores, store, cache: createCache<number>({ store, clock }) }
}

const cutOff = (stores: readonly FaultyStore<Bytes>[], ...which: readonly number[]): void => {
  for (const [index, store] of stores.entries()) store.enabled = which.includes(index)
}

const call = (clock: ManualClock) => ({ id: 0, now: clock.now(), deadline: Infinity, show: 'all' as const })

test('with a quorum, one that is gone changes nothing, and two that are gone are an error', async () => {
  const clock = manualClock()
  const { stores, cache } = three(clock)
  cutOff(stores, 0)
  await cache.set('a', 1)
  cutOff(stores, 1)
  expect(await cache.get('a')).toBe(1)
  cutOff(stores, 1, 2)
  await expect(cache.get('a')).rejects.toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' })
  await expect(cache.set('a', 2)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})

test("with write: 'all', reads go on with one, and writes need all", async () => {
  const clock = manualClock()
  const { stores, cache } = three(clock, { write: 'all' })
  await cache.set('a', 1)
  cutOff(stores, 0, 1)
  expect(await cache.get('a')).toBe(1)
  await expect(cache.set('a', 2)).rejects.toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' })
})

test("with write: 'one', each side of a split goes on, and the newest wins when it is over", async () => {
  const clock = manualClock()
  const { stores, cache } = three(clock, { write: 'one' })
  cutOff(stores, 1, 2)
  await cache.set('a', 1)
  await cache.set('b', 1)
  clock.advance(1_000)
  cutOff(stores, 0)
  await cache.set('a', 2)
  expect(await cache.get('b')).toBeUndefined()
  clock.advance(1_000)
  cutOff(stores)
  expect(await cache.getMany(['a', 'b'])).toEqual([2, 1])
})

test('a replica that missed a removal brings nothing back, and is told of it', async () => {
  const clock = manualClock()
  const { stores, cache } = three(clock)
  await cache.set('a', 1)
  cutOff(stores, 0)
  await cache.delete('a')
  await cache.set('b', 2)
  await cache.clear()
  clock.advance(1_000)
  for (const gone of [1, 2]) {
    cutOff(stores, gone)
    expect(await cache.getMany(['a', 'b'])).toEqual([undefined, undefined])
  }
  cutOff(stores)
  await cache.get('a')
  const [first] = stores
  expect(await first?.read(['a'], call(clock))).toMatchObject([{ kind: 'tombstone' }])
})

test('a replica that was away longer than removals are remembered is emptied', async () => {
  const clock = manualClock()
  const { stores, cache, store } = three(clock, { tombstoneMs: 10_000 })
  await cache.setMany([
    ['a', 1],
    ['b', 1],
  ])
  cutOff(stores, 0)
  await cache.delete('a')
  expect(store.health()[0]).toMatchObject({ name: 'replica-0', failures: expect.any(Number) })
  clock.advance(10_001)
  cutOff(stores, 1)
  expect(await cache.get('b')).toBe(1)
  cutOff(stores, 2)
  clock.advance(1_000)
  expect(await cache.get('a')).toBeUndefined()
})

test('a moment in which none answered, long ago, empties nobody', async () => {
  const clock = manualClock()
  const { stores, cache } = three(clock, { tombstoneMs: 10_000 })
  await cache.set('a', 1)
  cutOff(stores, 0, 1, 2)
  await expect(cache.set('a', 2)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await expect(cache.get('a')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  clock.advance(10_001)
  cutOff(stores)
  expect(await cache.get('a')).toBe(1)
})

test('what lags is brought up to date by reads, and all of it by a repair', async () => {
  const clock = manualClock()
  const { stores, cache, store } = three(clock)
  await cache.set('a', 1)
  cutOff(stores, 2)
  await cache.setMany([
    ['a', 2],
    ['b', 2],
    ['c', 2],
  ])
  cutOff(stores)
  clock.advance(1_000)
  expect(await store.repair()).toBe(3)
  expect(await store.repair()).toBe(0)
  cutOff(stores, 0)
  clock.advance(1_000)
  expect(await cache.getMany(['a', 'b', 'c'])).toEqual([2, 2, 2])
})

const step = fc.record({
  verb: fc.constantFrom('set', 'delete', 'get', 'add', 'clear', 'cut', 'later'),
  key: fc.integer({ min: 0, max: 4 }).map((index) => `key-${index}`),
  gone: fc.integer({ min: 0, max: 3 }),
})

test('whichever replica is cut off whenever: what was set is there, and what was removed is not', async () => {
  const run = async (steps: readonly { verb: string; key: string; gone: number }[]) => {
    const clock = manualClock()
    const { stores, cache, store } = three(clock)
    const model = new Map<string, number>()
    for (const [index, { verb, key, gone }] of steps.entries()) {
      const known = model.get(key)
      if (verb === 'cut') cutOff(stores, gone)
      else if (verb === 'later') clock.advance(700)
      else if (verb === 'get') expect(await cache.get(key)).toBe(known)
      else if (verb === 'set') await cache.set(key, index).then(() => model.set(key, index))
      else if (verb === 'delete') expect(await cache.delete(key)).toBe(model.delete(key))
      else if (verb === 'clear') await cache.clear().then(() => model.clear())
      else if (await cache.add(key, index)) model.set(key, index)
      else expect(known).toBeDefined()
    }
    cutOff(stores)
    await store.repair()
    clock.advance(2_000)
    for (const gone of [0, 1, 2]) {
      cutOff(stores, gone)
      const left = new Map<string, number>()
      for await (const [key, value] of cache.entries()) left.set(key, value)
      expect(left).toEqual(model)
    }
  }
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), run), { numRuns: 100 })
})

const mistakes: readonly (readonly [unknown, string])[] = [
  [{ replicas: [] }, 'two or more replicas'],
  [
    {
      replicas: [
        { name: 'a', store: memory() },
        { name: 'a', store: memory() },
      ],
    },
    'a name of its own',
  ],
  [{ replicas: [{ name: 'a', store: memory() }, { name: 'b' }] }, 'store to be an object'],
  [{ replicas: [], quorum: 2 }, 'no option "quorum"'],
]

test.each(mistakes)('mistakes are told at once: %#', (options, message) => {
  expect(() => replicated(options as ReplicatedOptions<Bytes>)).toThrow(message)
})
