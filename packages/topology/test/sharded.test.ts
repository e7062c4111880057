import { memory } from '@cachette/adapter-memory'
import { faulty } from '@cachette/conformance'
import { type Bytes, createCache, manualClock, type Store } from '@cachette/core'
import { promised } from '@cachette/core/adapter'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ShardOptions, sharded } from '../src/index.js'

const clock = manualClock()
const KEYS = Array.from({ length: 300 }, (_, index) => `key-${index}`)

/** The same store, every answer of which takes a turn or more. */
function later(store: Store<Bytes>): Store<Bytes> {
  const turn = async <T>(run: () => T): Promise<Awaited<T>> => {
    await new Promise((resolve) => setImmediate(resolve))
    return await run()
  }
  return {
    name: 'later',
    contract: 1,
    traits: { ...store.traits, sync: 'none' },
    read: (keys, call) => turn(() => store.read(keys, call)),
    write: (changes, call) => turn(() => store.write(changes, call)),
    scan: (prefix, call) => store.scan(prefix, call),
    clear: (prefix, call) => turn(() => store.clear(prefix, call)),
    close: () => store.close(),
  }
}

const shard = (name: string): ShardOptions<Bytes> => ({ name, store: later(memory({ copies: true, clock })) })

async function held({ store }: ShardOptions<Bytes>): Promise<string[]> {
  const keys: string[] = []
  const call = { id: 0, now: clock.now(), deadline: Infinity }
  for await (const page of store.scan('', call)) keys.push(...page.map(([key]) => key))
  return keys
}

test('a shard that fails fails its own keys only', async () => {
  const dead = faulty(memory({ copies: true, clock }), { seed: 1, clock, rates: { error: 1 } })
  dead.enabled = false
  const shards = [shard('a'), { name: 'b', store: dead }, shard('c')]
  const cache = createCache<number>({ store: sharded({ shards, clock }), clock })
  await cache.setMany(KEYS.map((key, index) => [key, index]))
  const own = new Set(await held({ name: 'b', store: dead }))
  dead.enabled = true
  expect(own.size).toBeGreaterThan(50)
  for (const [index, key] of KEYS.entries()) {
    if (own.has(key)) await expect(cache.get(key)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    else expect(await cache.get(key)).toBe(index)
  }
  const failure: unknown = await cache.getMany(KEYS).catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 'UNAVAILABLE' })
  const { outcomes } = failure as { outcomes: readonly { readonly key: string; readonly error?: unknown }[] }
  expect(new Set(outcomes.filter(({ error }) => error !== undefined).map(({ key }) => key))).toEqual(own)
})

test('a shard more gets its share and nothing else moves; keys are served meanwhile', async () => {
  const shards = [shard('a'), shard('b'), shard('c')]
  const added = shard('d')
  const store = sharded({ shards, clock })
  const cache = createCache<number>({ store, clock })
  await cache.setMany(KEYS.map((key, index) => [key, index]))
  const before = await Promise.all(shards.map(held))
  store.reshard([...shards, added])
  expect(await cache.getMany(KEYS.slice(0, 50))).toEqual(KEYS.slice(0, 50).map((_, index) => index))
  const progress: number[] = []
  const report = await store.rebalance({ onProgress: ({ moved }) => progress.push(moved) })
  expect(report.done).toBe(true)
  expect(progress.at(-1)).toBe(report.moved)
  const after = await Promise.all(shards.map(held))
  for (const [index, keys] of after.entries()) for (const key of keys) expect(before[index]).toContain(key)
  const given = await held(added)
  expect(given.length).toBeGreaterThan(KEYS.length / 4 / 2)
  expect([...after.flat(), ...given].sort()).toEqual([...KEYS].sort())
  expect(await cache.getMany(KEYS)).toEqual(KEYS.map((_, index) => index))
})

test('a shard that goes gives everything away, and is handed back', async () => {
  const shards = [shard('a'), shard('b'), shard('c')]
  const [leaving = shard('none'), ...staying] = shards
  const store = sharded({ shards, clock })
  const cache = createCache<number>({ store, clock })
  await cache.setMany(KEYS.map((key, index) => [key, index]))
  store.reshard(staying)
  expect(await store.rebalance()).toMatchObject({ done: true, emptied: ['a'] })
  expect(await held(leaving)).toEqual([])
  expect(await cache.getMany(KEYS)).toEqual(KEYS.map((_, index) => index))
})

test('a rebalance that was stopped goes on where it was', async () => {
  const shards = [shard('a'), shard('b')]
  const store = sharded({ shards: shards.slice(0, 1), clock })
  const cache = createCache<number>({ store, clock })
  await cache.setMany(KEYS.map((key, index) => [key, index]))
  store.reshard(shards)
  const stop = new AbortController()
  const stopped = store.rebalance({ signal: stop.signal, onProgress: () => stop.abort() })
  await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' })
  expect(await cache.getMany(KEYS)).toEqual(KEYS.map((_, index) => index))
  expect((await store.rebalance()).done).toBe(true)
  const [first, second] = await Promise.all(shards.map(held))
  expect([...(first ?? []), ...(second ?? [])].sort()).toEqual([...KEYS].sort())
})

const operation = fc.record({
  verb: fc.constantFrom('set', 'delete', 'get', 'add', 'reshard', 'clear'),
  key: fc.integer({ min: 0, max: 9 }).map((index) => `key-${index}`),
  among: fc.integer({ min: 1, max: 4 }),
})

test('whatever is done while keys move is as if they did not', async () => {
  const run = async (operations: readonly (typeof operation extends fc.Arbitrary<infer T> ? T : never)[]) => {
    const shards = ['a', 'b', 'c', 'd'].map(shard)
    const store = sharded({ shards, clock })
    const cache = createCache<number>({ store, clock })
    const model = new Map<string, number>()
    const moves: Promise<unknown>[] = []
    const calls: Promise<void>[] = []
    for (const [index, { verb, key, among }] of operations.entries()) {
      const known = model.get(key)
      switch (verb) {
        case 'set':
          model.set(key, index)
          calls.push(cache.set(key, index))
          break
        case 'delete':
          model.delete(key)
          calls.push(cache.delete(key).then((was) => expect(was).toBe(known !== undefined)))
          break
        case 'get':
          calls.push(cache.get(key).then((value) => expect(value).toBe(known)))
          break
        case 'add':
          if (known === undefined) model.set(key, index)
          calls.push(cache.add(key, index).then((done) => expect(done).toBe(known === undefined)))
          break
        case 'clear':
          model.clear()
          calls.push(cache.clear())
          break
        case 'reshard':
          store.reshard(shards.slice(0, among))
          moves.push(store.rebalance())
      }
    }
    await Promise.all(calls)
    await Promise.all(moves)
    const left: [string, number][] = []
    for await (const entry of cache.entries()) left.push([entry[0], entry[1]])
    expect(new Map(left)).toEqual(model)
    expect(left).toHaveLength(model.size)
    await cache.close()
  }
  await fc.assert(fc.asyncProperty(fc.array(operation, { maxLength: 40 }), run), { numRuns: 100 })
})

test.each([
  [[], 'at least one shard'],
  [[shard('a'), shard('a')], 'a name of its own, got "a" twice'],
  [[{ ...shard('a'), weight: 0 }], 'weight to be a positive number'],
  [[{ store: memory({ clock }) }], 'name to be a non-empty string'],
])('mistakes are told at once: %#', (shards, message) => {
  expect(() => sharded({ shards: shards as unknown as ShardOptions<Bytes>[] })).toThrow(message)
})

test('a shard that promises less than the others is refused', () => {
  const store = sharded({ shards: [{ name: 'a', store: memory({ clock }) }], clock })
  expect(() => store.reshard([{ name: 'b', store: later(memory({ copies: true, clock })) }])).toThrow(
    /got (values|sync)/,
  )
})

test('a scan under which the shards change fails, and may be begun again', async () => {
  const shards = ['a', 'b', 'c'].map(shard)
  const store = sharded({ shards, clock })
  const cache = createCache<number>({ store, clock })
  await cache.setMany(KEYS.map((key, index) => [key, index]))
  const listed = async (meanwhile: () => Promise<unknown>): Promise<string[]> => {
    const keys: string[] = []
    for await (const page of store.scan('', { id: 0, now: clock.now(), deadline: Infinity })) {
      if (keys.length === 0) await meanwhile()
      keys.push(...page.map(([key]) => key))
    }
    return keys
  }
  const reshard = (): Promise<unknown> => {
    store.reshard([...shards].reverse().slice(1))
    return store.rebalance()
  }
  await expect(listed(reshard)).rejects.toMatchObject({ code: 'UNAVAILABLE', retry: 'yes' })
  expect((await listed(async () => undefined)).sort()).toEqual([...KEYS].sort())
})

test('of a key that a move left in two places, a scan lists the newer', async () => {
  const shards = ['a', 'b'].map(shard)
  const before = sharded({ shards: shards.slice(0, 1), clock })
  await createCache<number>({ store: before, clock }).setMany(KEYS.map((key) => [key, 1]))
  const store = sharded({ shards, clock })
  await createCache<number>({ store, clock }).setMany(KEYS.map((key) => [key, 2]))
  const joined = sharded({ shards: shards.slice(0, 1), clock })
  joined.reshard(shards)
  const cache = createCache<number>({ store: joined, clock })
  const found = new Map<string, number>()
  for await (const [key, value] of cache.entries()) found.set(key, value)
  expect(found.size).toBe(KEYS.length)
  expect([...found.values()].filter((value) => value !== 2)).toEqual([])
})

test('a shard that cannot be closed keeps no other open', async () => {
  const closed: string[] = []
  const closing = (name: string, fails: boolean): ShardOptions<Bytes> => {
    const { store } = shard(name)
    const close = async (): Promise<void> => {
      closed.push(name)
      if (fails) throw new Error('stuck')
    }
    return { name, store: { ...store, close } }
  }
  const store = sharded({ shards: [closing('a', true), closing('b', false)], clock })
  await expect(promised(() => store.close())).rejects.toThrow('stuck')
  expect(closed).toEqual(['a', 'b'])
})
