/** Redis through its driver as one would use it without us, through the store, and through the peers. */

import { redis } from '@cachette/adapter-redis'
import type { RedisServer } from '@cachette/conformance/servers'
import { type Cache, createCache, json } from '@cachette/core'
import type { Redis } from 'ioredis'
import type { Driver } from 'unstorage'
import type { Face, OpenSubject, Value } from '../harness/face.js'
import { oneCluster, oneRedis } from '../local-redis.js'

const HOUR_MS = 3_600_000

const codec = json<Value>()

/** As the cache has it by default. */
function encoded(value: Value): Buffer {
  const coded = codec.encode(value)
  const { buffer, byteOffset, byteLength } = coded instanceof Uint8Array ? coded : coded.bytes
  return Buffer.from(buffer, byteOffset, byteLength)
}

const decoded = (bytes: Buffer | null | undefined): unknown =>
  bytes === null || bytes === undefined ? undefined : codec.decode(new Uint8Array(bytes), undefined)

const onServer = (open: (server: RedisServer) => Promise<Face> | Face): OpenSubject['open'] => {
  return async () => {
    const face = await open(await oneRedis.take())
    return {
      ...face,
      async close() {
        await face.close?.()
        await oneRedis.giveBack()
      },
    }
  }
}

const inCluster = (open: (seeds: readonly { host: string; port: number }[]) => Promise<Face> | Face) => {
  return async (): Promise<Face> => {
    const { nodes } = await oneCluster.take()
    const face = await open(nodes.map(({ host, port }) => ({ host, port })))
    return {
      ...face,
      async close() {
        await face.close?.()
        await oneCluster.giveBack()
      },
    }
  }
}

function faceOf(cache: Cache<Value>): Face {
  return {
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
    getMany: (keys) => cache.getMany(keys),
    close: () => cache.close(),
  }
}

export const rawRedis: OpenSubject = {
  name: 'ioredis itself',
  package: 'ioredis',
  options: `new Redis({ enableAutoPipelining: true }), the same JSON; getBuffer, set … PX ${HOUR_MS}, mgetBuffer`,
  open: onServer(async ({ host, port }) => {
    const { Redis } = await import('ioredis')
    const client = new Redis({ host, port, enableAutoPipelining: true })
    const name = (key: string): string => `raw:${key}`
    return {
      get: async (key) => decoded(await client.getBuffer(name(key))),
      set: (key, value) => client.set(name(key), encoded(value), 'PX', HOUR_MS),
      getMany: async (keys) => (await client.mgetBuffer(keys.map(name))).map(decoded),
      close: () => client.disconnect(),
    }
  }),
}

export const ours: OpenSubject = {
  name: 'cachette, redis',
  options: `createCache({ store: redis({ url }), ttlMs: ${HOUR_MS} }), values as JSON`,
  open: onServer(({ url }) => faceOf(createCache<Value>({ store: redis({ url }), ttlMs: HOUR_MS }))),
}

export const keyvRedis: OpenSubject = {
  name: '@keyv/redis',
  package: '@keyv/redis',
  options: `new Keyv({ store: new KeyvRedis(url), ttl: ${HOUR_MS} }) of keyv 5, its default serialisation (JSON)`,
  open: onServer(async ({ url }) => {
    const [{ default: KeyvRedis }, { Keyv }] = await Promise.all([import('@keyv/redis'), import('keyv5')])
    const cache = new Keyv({ store: new KeyvRedis<Value>(url), ttl: HOUR_MS })
    return {
      get: (key) => cache.get<Value>(key),
      set: (key, value) => cache.set(key, value),
      getMany: (keys) => cache.getMany<Value>([...keys]),
      close: () => cache.disconnect(),
    }
  }),
}

export const bentoRedis: OpenSubject = {
  name: 'bentocache, redis',
  package: 'bentocache',
  options: `bentostore({ ttl: ${HOUR_MS} }).useL2Layer(redisDriver({ connection: { host, port } }))`,
  open: onServer(async ({ host, port }) => {
    const { BentoCache, bentostore } = await import('bentocache')
    const { redisDriver } = await import('bentocache/drivers/redis')
    const store = bentostore({ ttl: HOUR_MS }).useL2Layer(redisDriver({ connection: { host, port } }))
    const cache = new BentoCache({ default: 'redis', stores: { redis: store } })
    return {
      get: (key) => cache.get<unknown>({ key }),
      set: (key, value) => cache.set({ key, value }),
      close: () => cache.disconnectAll(),
    }
  }),
}

export interface UnstorageDriver extends Driver {
  getInstance(): Redis
}

interface UnstorageOptions {
  readonly base: string
  readonly host: string
  readonly port: number
  readonly ttl?: number
}

/** What its own types say of it leads nowhere. */
export async function unstorageDriver(): Promise<(options: UnstorageOptions) => UnstorageDriver> {
  const made: { readonly default: (options: UnstorageOptions) => UnstorageDriver } = await import(
    'unstorage/drivers/redis'
  )
  return made.default
}

export const unstorageRedis: OpenSubject = {
  name: 'unstorage, redis',
  package: 'unstorage',
  options: `createStorage({ driver: redisDriver({ base: 'unstorage', host, port, ttl: ${HOUR_MS / 1_000} }) })`,
  open: onServer(async ({ host, port }) => {
    const { createStorage } = await import('unstorage')
    const redisDriver = await unstorageDriver()
    const cache = createStorage({ driver: redisDriver({ base: 'unstorage', host, port, ttl: HOUR_MS / 1_000 }) })
    return {
      get: (key) => cache.getItem(key),
      set: (key, value) => cache.setItem(key, value),
      close: () => cache.dispose(),
    }
  }),
}

export const rawCluster: OpenSubject = {
  name: 'ioredis itself, cluster',
  package: 'ioredis',
  options: `new Cluster(seeds, { enableAutoPipelining: true }) of three masters, the same JSON; getBuffer, set … PX ${HOUR_MS}`,
  open: inCluster(async (seeds) => {
    const { Cluster } = await import('ioredis')
    const client = new Cluster([...seeds], { enableAutoPipelining: true })
    const name = (key: string): string => `raw:${key}`
    return {
      get: async (key) => decoded(await client.getBuffer(name(key))),
      set: (key, value) => client.set(name(key), encoded(value), 'PX', HOUR_MS),
      getMany: async (keys) => (await Promise.all(keys.map((key) => client.getBuffer(name(key))))).map(decoded),
      close: () => client.disconnect(),
    }
  }),
}

export const oursInCluster: OpenSubject = {
  name: 'cachette, redis cluster',
  options: `createCache({ store: redis({ cluster: seeds }), ttlMs: ${HOUR_MS} }), values as JSON`,
  open: inCluster((seeds) => faceOf(createCache<Value>({ store: redis({ cluster: seeds }), ttlMs: HOUR_MS }))),
}
