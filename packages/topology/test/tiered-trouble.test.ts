import { memory } from '@cachette/adapter-memory'
import { type FaultRates, faulty } from '@cachette/conformance'
import { type Bytes, createCache, json, type ManualClock, manualClock, type Store, values } from '@cachette/core'
import { describe, expect, test } from 'vitest'
import { memoryHub, sharded, type TieredNotice, type TieredOptions, tiered } from '../src/index.js'

const turns = async (count = 100): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve()
}

/** One process on a shared tier of record, its trouble switched on and off. */
function opened(clock: ManualClock, store: Store<Bytes>, rates: FaultRates, options: Partial<TieredOptions<unknown>>) {
  const record = faulty(store, { seed: 1, clock, rates })
  record.enabled = false
  const notices: TieredNotice[] = []
  const tiers = tiered<unknown>({
    tiers: [{ store: memory<unknown>({ clock }) }, { store: record }],
    clock,
    onNotice: (notice) => notices.push(notice),
    ...options,
  })
  return { record, notices, store: tiers, cache: createCache<unknown>({ store: tiers, clock }) }
}

async function pair(inner: (clock: ManualClock) => Store<Bytes>, rates: FaultRates) {
  const clock = manualClock()
  const hub = memoryHub()
  const store = inner(clock)
  const one = opened(clock, store, rates, { bus: hub.bus() })
  const two = opened(clock, store, rates, { bus: hub.bus() })
  await turns()
  return { clock, one, two }
}

const shared = (clock: ManualClock): Store<Bytes> => memory({ copies: true, clock })

describe('a write of which nobody knows whether it happened', () => {
  test('is told to the others, which may have something older', async () => {
    const { one, two } = await pair(shared, { lostAnswer: 1 })
    await one.cache.set('a', 1)
    expect(await two.cache.get('a')).toBe(1)
    one.record.enabled = true
    await one.cache.set('a', 2)
    await turns()
    expect(await two.cache.get('a')).toBe(2)
  })

  test('has arrived where the tier of record has it: it gave way to nothing newer', async () => {
    const { one } = await pair(shared, { lostAnswer: 1 })
    one.record.enabled = true
    await one.cache.set('a', 2)
    one.record.enabled = false
    await one.store.flush()
    expect(one.notices.at(-1)).toEqual({ type: 'recovered', keys: ['a'] })
  })

  test('a clear that may have happened is told too', async () => {
    const { one, two } = await pair(shared, { lostAnswer: 1 })
    await one.cache.set('a', 1)
    expect(await two.cache.get('a')).toBe(1)
    one.record.enabled = true
    await expect(one.cache.clear()).rejects.toMatchObject({ outcome: 'unknown' })
    await turns()
    expect(await two.cache.get('a')).toBeUndefined()
  })
})

describe('a tier of record of which a part is gone', () => {
  const KEYS = Array.from({ length: 20 }, (_, index) => `key-${index}`)

  async function halfDead() {
    const clock = manualClock()
    const hub = memoryHub()
    const dead = faulty(memory({ copies: true, clock }), { seed: 1, clock, rates: { error: 1 } })
    dead.enabled = false
    const shards = [
      { name: 'a', store: memory({ copies: true, clock }) },
      { name: 'b', store: dead },
    ]
    const record = sharded({ shards, clock })
    const one = opened(clock, record, {}, { bus: hub.bus() })
    const two = opened(clock, record, {}, { bus: hub.bus() })
    await turns()
    await one.cache.setMany(KEYS.map((key) => [key, 'old']))
    const call = { id: 0, now: clock.now(), deadline: Infinity }
    const here = await shards[0]?.store.read(KEYS, call)
    const healthy = KEYS.filter((_, index) => here?.[index] !== undefined)
    const others = KEYS.filter((key) => !healthy.includes(key))
    return { clock, one, two, dead, healthy, others, call }
  }

  test('what the others of it have is told', async () => {
    const { one, two, dead, healthy } = await halfDead()
    await two.cache.getMany(KEYS)
    dead.enabled = true
    await one.cache.setMany(KEYS.map((key) => [key, 'new']))
    await turns()
    expect(await two.cache.getMany(healthy)).toEqual(healthy.map(() => 'new'))
  })

  test('a condition that did not hold there leaves no copy', async () => {
    const { one, dead, healthy, others, call, clock } = await halfDead()
    const [key = ''] = healthy
    const [lost = ''] = others
    dead.enabled = true
    const now = clock.now()
    const version = { time: now + 1, count: 0, writer: 1 }
    const entry = {
      createdAt: now,
      staleAt: Infinity,
      expiresAt: Infinity,
      keptUntil: Infinity,
      version,
      kind: 'value',
      tags: [],
      marks: {},
      size: 0,
      value: 'mine',
    } as const
    const batch = [
      { key, entry, version, when: 'absent' },
      { key: lost, entry, version },
    ] as const
    expect(await one.store.write(batch, call)).toEqual([false, true])
    expect(await one.cache.get(key)).toBe('old')
  })
})

test('what waited and ended meanwhile has still taken the place of what was there before', async () => {
  const { clock, one } = await pair(shared, { error: 1 })
  await one.cache.set('a', 'before')
  one.record.enabled = true
  await one.cache.set('a', 'brief', { ttlMs: 50 })
  clock.advance(60)
  one.record.enabled = false
  await one.store.flush()
  expect(await one.cache.get('a')).toBeUndefined()
})

test('while the tier of record hangs and is being tried, writes do not wait for it', async () => {
  const { clock, one } = await pair(shared, { hang: 1 })
  one.record.enabled = true
  const first = one.cache.set('a', 1)
  clock.advance(800)
  await first
  clock.advance(100)
  await turns()
  let isDone = false
  const second = one.cache.set('a', 2).then(() => {
    isDone = true
  })
  await turns()
  expect(isDone).toBe(true)
  one.record.enabled = false
  clock.advance(1_000)
  await turns()
  await one.store.flush()
  await second
  expect(await one.cache.get('a')).toBe(2)
})

test('what was removed while a copy of it was being made does not come back', async () => {
  const clock = manualClock()
  const gates: (() => void)[] = []
  let isSlow = false
  const slow = values({
    name: 'slow',
    async: true,
    encode: async (value) => {
      if (isSlow) await new Promise<void>((resolve) => gates.push(resolve))
      return { value, mark: true }
    },
    decode: (value) => value,
  })
  const record = memory({ copies: true, clock })
  const store = tiered<unknown>({
    tiers: [
      { store: memory({ copies: true, clock }), encode: [json(), slow] },
      { store: record, encode: [json()] },
    ],
    clock,
  })
  const cache = createCache<unknown>({ store, clock })
  await createCache<unknown>({ store: record, clock, encode: [json()] }).set('a', 1)
  isSlow = true
  expect(await cache.get('a')).toBe(1)
  await cache.delete('a')
  for (const open of gates) open()
  await turns()
  expect(await cache.get('a')).toBeUndefined()
})

test('a nearer tier that hangs neither fails a write nor is believed afterwards', async () => {
  const clock = manualClock()
  const near = faulty(memory({ copies: true, clock }), { seed: 1, clock, rates: { hang: 1 } })
  near.enabled = false
  const store = tiered({ tiers: [{ store: near }, { store: shared(clock) }], clock })
  const cache = createCache<unknown>({ store, clock })
  await cache.set('a', 1)
  near.enabled = true
  const second = cache.set('a', 2)
  for (let step = 0; step < 20; step += 1) {
    clock.advance(50)
    await turns()
  }
  await second
  near.enabled = false
  expect(await cache.get('a')).toBe(2)
})

test('a summary that throws is told, and disturbs nothing', async () => {
  const clock = manualClock()
  const summary = (): never => {
    throw new Error('no figures')
  }
  const { cache, notices } = opened(clock, shared(clock), {}, { bus: memoryHub().bus(), summary })
  await turns()
  clock.advance(10_000)
  await turns()
  expect(notices.filter(({ type }) => type === 'failure')).toHaveLength(2)
  await cache.set('a', 1)
  expect(await cache.get('a')).toBe(1)
})
