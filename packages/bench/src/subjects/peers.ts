/** The peers, set up as their own pages show it, with a lifetime of an hour wherever they take one. */

import type { Face, OpenSubject, Value } from '../harness/face.js'

const HOUR_MS = 3_600_000

/** No workload has more keys, so that nobody evicts. Caches that take room beforehand take no more than is used. */
export const ROOM = 200_000

export const map: OpenSubject = {
  name: 'Map',
  options: 'new Map()',
  open() {
    const cache = new Map<string, Value>()
    return { get: (key) => cache.get(key), set: (key, value) => void cache.set(key, value) }
  },
}

export const lru: OpenSubject = {
  name: 'lru-cache',
  package: 'lru-cache',
  options: `new LRUCache({ max: ${ROOM} })`,
  open: () => openLru({ max: ROOM }),
}

export const lruWithTtl: OpenSubject = {
  name: 'lru-cache, ttl',
  package: 'lru-cache',
  options: `new LRUCache({ max: ${ROOM}, ttl: ${HOUR_MS} })`,
  open: () => openLru({ max: ROOM, ttl: HOUR_MS }),
}

async function openLru(options: { readonly max: number; readonly ttl?: number }): Promise<Face> {
  const { LRUCache } = await import('lru-cache')
  const cache = new LRUCache<string, Value>(options)
  return {
    get: (key) => cache.get(key),
    set: (key, value) => void cache.set(key, value),
  }
}

export const keyvRaw: OpenSubject = {
  name: 'keyv, no serialisation',
  package: 'keyv',
  options: `new Keyv({ ttl: ${HOUR_MS}, serialization: false }), its default store (a Map)`,
  open: () => openKeyv({ ttl: HOUR_MS, serialization: false }),
}

export const keyv: OpenSubject = {
  name: 'keyv',
  package: 'keyv',
  options: `new Keyv({ ttl: ${HOUR_MS} }), its default store (a Map) and serialisation (JSON)`,
  open: () => openKeyv({ ttl: HOUR_MS }),
}

async function openKeyv(options: { readonly ttl: number; readonly serialization?: false }): Promise<Face> {
  const { Keyv } = await import('keyv')
  const cache = new Keyv(options)
  return {
    get: (key) => cache.get<unknown>(key),
    set: (key, value) => cache.set(key, value),
  }
}

export const cacheable: OpenSubject = {
  name: 'cacheable',
  package: 'cacheable',
  options: `new Cacheable({ ttl: ${HOUR_MS} }), its default primary store`,
  async open() {
    const { Cacheable } = await import('cacheable')
    const cache = new Cacheable({ ttl: HOUR_MS })
    return {
      get: (key) => cache.get<unknown>(key),
      set: (key, value) => cache.set(key, value),
      getOrSet: (key, load) => cache.getOrSet(key, load),
      close: () => cache.disconnect(),
    }
  },
}

export const cacheManager: OpenSubject = {
  name: 'cache-manager',
  package: 'cache-manager',
  options: `createCache({ ttl: ${HOUR_MS} }), its default store (Keyv, by reference); getOrSet is wrap`,
  async open() {
    const { createCache } = await import('cache-manager')
    const cache = createCache({ ttl: HOUR_MS })
    return {
      get: (key) => cache.get<unknown>(key),
      set: (key, value) => cache.set(key, value),
      getOrSet: (key, load) => cache.wrap(key, load),
      close: () => cache.disconnect(),
    }
  },
}

export const bentocache: OpenSubject = {
  name: 'bentocache',
  package: 'bentocache',
  options: `bentostore({ ttl: ${HOUR_MS} }).useL1Layer(memoryDriver({ maxItems: ${ROOM} }))`,
  open: () => openBento({ maxItems: ROOM }),
}

export const bentocacheRaw: OpenSubject = {
  name: 'bentocache, no serialisation',
  package: 'bentocache',
  options: `bentostore({ ttl: ${HOUR_MS} }).useL1Layer(memoryDriver({ maxItems: ${ROOM}, serialize: false }))`,
  open: () => openBento({ maxItems: ROOM, serialize: false }),
}

async function openBento(options: { readonly maxItems: number; readonly serialize?: boolean }): Promise<Face> {
  const { BentoCache, bentostore } = await import('bentocache')
  const { memoryDriver } = await import('bentocache/drivers/memory')
  const store = bentostore({ ttl: HOUR_MS }).useL1Layer(memoryDriver(options))
  const cache = new BentoCache({ default: 'memory', stores: { memory: store } })
  return {
    get: (key) => cache.get<unknown>({ key }),
    set: (key, value) => cache.set({ key, value }),
    getOrSet: (key, load) => cache.getOrSet({ key, factory: load }),
    close: () => cache.disconnectAll(),
  }
}

export const unstorage: OpenSubject = {
  name: 'unstorage',
  package: 'unstorage',
  options: 'createStorage(), its default driver (memory); no lifetimes',
  async open() {
    const { createStorage } = await import('unstorage')
    const cache = createStorage()
    return {
      get: (key) => cache.getItem(key),
      set: (key, value) => cache.setItem(key, value),
      close: () => cache.dispose(),
    }
  },
}
