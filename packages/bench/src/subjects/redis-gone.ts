/** What asking for a value costs when the Redis behind the cache is not there: a load in place of an answer. */

import { redis } from '@cachette/adapter-redis'
import { redisServer } from '@cachette/conformance/servers'
import { createCache, systemClock } from '@cachette/core'
import type { Subject } from '../harness/group.js'
import { unstorageDriver } from './redis.js'

/** Not there at all, or there and silent. */
export type Gone = 'dead' | 'hung'

/** Nobody is waited for longer. */
const MOST_MS = 5_000

interface Asking {
  /** The value, from the cache or from the source. */
  ask(load: () => Promise<string>): Promise<unknown>
  /** Without waiting for anybody. */
  end(): unknown
}

interface Peer extends Subject {
  readonly open: (port: number) => Promise<Asking>
}

const HOST = '127.0.0.1'

const PEERS: readonly Peer[] = [
  {
    name: 'cachette',
    options: 'createCache({ store: redis({ url }) }).getOrSet(key, load)',
    open: async (port) => {
      const cache = createCache<string>({ store: redis({ connection: { host: HOST, port } }) })
      return { ask: (load) => cache.getOrSet('k', load), end: () => cache.close() }
    },
  },
  {
    name: 'ioredis itself',
    package: 'ioredis',
    options: 'new Redis(port, host); get, and a load where it fails',
    open: async (port) => {
      const { Redis } = await import('ioredis')
      const client = new Redis(port, HOST).on('error', () => undefined)
      return {
        ask: async (load) => (await client.get('k').catch(() => null)) ?? load(),
        end: () => client.disconnect(),
      }
    },
  },
  {
    name: '@keyv/redis',
    package: '@keyv/redis',
    options: 'new Keyv({ store: new KeyvRedis(url) }) of keyv 5; get, and a load where it gives nothing',
    open: async (port) => {
      const [{ default: KeyvRedis }, { Keyv }] = await Promise.all([import('@keyv/redis'), import('keyv5')])
      const store = new KeyvRedis<string>(`redis://${HOST}:${port}`)
      const cache = new Keyv({ store }).on('error', () => undefined)
      store.client.on('error', () => undefined)
      const found = async (): Promise<unknown> => cache.get<string>('k').catch(() => undefined)
      return { ask: async (load) => (await found()) ?? load(), end: () => store.client.destroy() }
    },
  },
  {
    name: 'bentocache',
    package: 'bentocache',
    options: 'bentostore().useL2Layer(redisDriver({ connection: new Redis(port, host) })); getOrSet',
    open: async (port) => {
      const { BentoCache, bentostore } = await import('bentocache')
      const { redisDriver } = await import('bentocache/drivers/redis')
      const { Redis } = await import('ioredis')
      const client = new Redis(port, HOST).on('error', () => undefined)
      const store = bentostore().useL2Layer(redisDriver({ connection: client }))
      const cache = new BentoCache({ default: 'redis', stores: { redis: store } })
      return { ask: (load) => cache.getOrSet({ key: 'k', factory: load }), end: () => client.disconnect() }
    },
  },
  {
    name: 'unstorage',
    package: 'unstorage',
    options:
      'createStorage({ driver: redisDriver({ host, port }) }); getItem, and a load where it fails or gives nothing',
    open: async (port) => {
      const { createStorage } = await import('unstorage')
      const redisDriver = await unstorageDriver()
      const driver = redisDriver({ host: HOST, port, base: 'unstorage' })
      const client = driver.getInstance().on('error', () => undefined)
      const cache = createStorage({ driver })
      return {
        ask: async (load) => (await cache.getItem('k').catch(() => null)) ?? load(),
        end: () => client.disconnect(),
      }
    },
  },
]

/** With how long each of them keeps its caller waiting, in milliseconds, the load not counted. */
export const missing = (gone: Gone): readonly (Peer & { probe(): Promise<number> })[] =>
  PEERS.map((peer) => ({ ...peer, probe: () => waited(peer, gone) }))

async function waited({ open }: Peer, gone: Gone): Promise<number> {
  await using server = await redisServer()
  const asking = await open(server.port)
  // As in an application that has been well: a connection is there before the server is gone.
  await asking.ask(async () => 'first')
  if (gone === 'dead') await server.kill()
  else server.pause()
  const begun = performance.now()
  let timer: { cancel(): void } | undefined
  const late = new Promise((resolve) => {
    timer = systemClock.setTimer(MOST_MS, () => resolve(undefined))
  })
  const loaded = asking.ask(async () => 'loaded').catch(() => undefined)
  await Promise.race([loaded, late])
  timer?.cancel()
  const ms = performance.now() - begun
  await asking.end()
  return ms
}
