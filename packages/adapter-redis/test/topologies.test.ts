import { type RedisCluster, type RedisSentinel, redisCluster, redisSentinel } from '@cachette/conformance/servers'
import { type Bytes, SEPARATOR, type Store } from '@cachette/core'
import { Cluster } from 'ioredis'
import { Cluster as Cluster5 } from 'ioredis5'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { redis } from '../src/index.js'
import { slotOf } from '../src/keys.js'
import { callOf, failureOf, put, textOf, untilItWorks } from './using.js'

describe('by way of Sentinel', () => {
  let sentinel: RedisSentinel
  let store: Store<Bytes>

  beforeAll(async () => {
    sentinel = await redisSentinel({ sentinels: 3 })
    const sentinels = sentinel.sentinels.map(({ port }) => ({ host: '127.0.0.1', port }))
    store = redis({ connection: { sentinels, name: sentinel.masterName } })
  }, 40_000)
  afterAll(async () => {
    await store.close()
    await sentinel.stop()
  })

  test.each(['agreed', 'pause'] as const)(
    'the new master is found after a failover: %s',
    async (how) => {
      await store.write([put('k', how)], callOf())
      const old = await sentinel.master()
      await sentinel.failover(how)
      expect(await untilItWorks(() => store.write([put('k', `after ${how}`)], callOf(500)))).toBeLessThan(2_000)
      if (how === 'pause') old.resume()
      expect(await textOf(store, 'k')).toBe(`after ${how}`)
    },
    40_000,
  )

  test('a sentinel that hangs is passed over', async () => {
    const [first] = sentinel.sentinels
    first?.pause()
    const sentinels = sentinel.sentinels.map(({ port }) => ({ host: '127.0.0.1', port }))
    const other = redis({ connection: { sentinels, name: sentinel.masterName } })
    expect(await untilItWorks(() => other.read(['k'], callOf(1_000)))).toBeLessThan(2_000)
    await other.close()
    first?.resume()
  })

  test('a master that nobody knows is an error within the deadline', async () => {
    const sentinels = sentinel.sentinels.map(({ port }) => ({ host: '127.0.0.1', port }))
    const other = redis({ connection: { sentinels, name: 'another' } })
    expect(await failureOf(() => other.read(['k'], callOf()))).toBe('UNAVAILABLE yes none')
    await other.close()
  })
})

describe('a cluster', () => {
  let cluster: RedisCluster
  let stores: Record<string, Store<Bytes>>
  let clients: readonly Cluster[]

  beforeAll(async () => {
    cluster = await redisCluster()
    const seeds = cluster.nodes.slice(0, 3).map(({ port }) => ({ host: '127.0.0.1', port }))
    // Of two releases at once the types differ; whoever uses one has the types of that one.
    clients = [new Cluster(seeds), new Cluster5(seeds) as unknown as Cluster]
    for (const client of clients) client.on('error', () => undefined)
    stores = {
      'its own connections': redis({ cluster: seeds }),
      'a client of ioredis 6': redis({ client: clients[0] }),
      'a client of ioredis 5': redis({ client: clients[1] }),
    }
  }, 40_000)
  afterAll(async () => {
    for (const store of Object.values(stores)) await store.close()
    for (const client of clients) client.disconnect()
    await cluster.stop()
  })

  const keys = Array.from({ length: 100 }, (_, index) => `k${index}`)
  const kinds = ['its own connections', 'a client of ioredis 6', 'a client of ioredis 5']
  const storeOf = (kind: string): Store<Bytes> => stores[kind] ?? redis()

  test.each(kinds)('batches, scans and clears go over all masters, by %s', async (kind) => {
    const store = storeOf(kind)
    await store.write(
      keys.map((key) => put(key, key)),
      callOf(),
    )
    for (const want of ['value', 'header'] as const) {
      const found = await store.read([...keys, 'missing'], callOf(5_000, { want }))
      expect(found.map((entry) => entry?.size)).toEqual([...keys.map((key) => key.length), undefined])
    }
    expect(await listed(store)).toEqual([...keys].sort())
    await store.clear('k1', callOf())
    expect(await listed(store)).toEqual(keys.filter((key) => !key.startsWith('k1')).sort())
    await store.clear('', callOf())
    expect(await listed(store)).toEqual([])
  })

  test.each(kinds)(
    'while a slot is being moved its entries are read and written, and scans say why they fail, by %s',
    async (kind) => {
      const store = storeOf(kind)
      const tagged = Array.from({ length: 20 }, (_, index) => `{moved}${index}`)
      const slot = slotOf(`cachette${SEPARATOR}{moved}0`)
      await store.write(
        tagged.map((key) => put(key, key)),
        callOf(),
      )
      const from = await cluster.masterOf(slot)
      const to = cluster.nodes.slice(0, 3).find((node) => node !== from) ?? from
      await cluster.migrateSlot(slot, to, async () => {
        const found = await store.read([...tagged, '{moved}missing'], callOf())
        expect(found.map((entry) => entry?.size)).toEqual([...tagged.map((key) => key.length), undefined])
        const heads = await store.read(tagged, callOf(5_000, { want: 'header' }))
        expect(heads.map((entry) => entry?.size)).toEqual(tagged.map((key) => key.length))
        expect(
          await store.write(
            tagged.map((key) => put(key, `new ${key}`, { when: 'present' })),
            callOf(),
          ),
        ).toEqual(tagged.map(() => true))
        expect(await store.write([put('{moved}new', 'v', { when: 'absent' })], callOf())).toEqual([true])
        expect(await failureOf(() => listed(store))).toBe('UNAVAILABLE yes none')
      })
      expect(await textOf(store, '{moved}3')).toBe('new {moved}3')
      expect(await untilItWorks(() => listed(store))).toBeLessThan(2_000)
      expect((await listed(store)).length).toBe(tagged.length + 1)
      await store.clear('', callOf())
    },
    40_000,
  )

  test("a replica that takes its master's place is found by all", async () => {
    const slot = slotOf(`cachette${SEPARATOR}k`)
    for (const kind of kinds) await storeOf(kind).write([put('k', 'v')], callOf())
    await cluster.failover(await cluster.masterOf(slot), 'kill')
    for (const kind of kinds) {
      expect(await untilItWorks(() => storeOf(kind).write([put('k', kind)], callOf(500)))).toBeLessThan(3_000)
      expect(await textOf(storeOf(kind), 'k')).toBe(kind)
    }
  }, 40_000)
})

async function listed(from: Store<Bytes>): Promise<string[]> {
  const keys: string[] = []
  for await (const page of from.scan('', callOf())) keys.push(...page.map(([key]) => key))
  return keys.sort()
}
