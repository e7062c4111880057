/** Memcached through its driver as one would use it without us, and through the store: the same codec, servers alike. */

import { memcached } from '@cachette/adapter-memcached'
import { memcachedServer } from '@cachette/conformance/servers'
import { type Cache, createCache } from '@cachette/core'
import type { Face, OpenSubject, Value } from '../harness/face.js'
import { decodes, encoded } from './same-codec.js'

const HOUR_MS = 3_600_000

/** More than all values take, so that none is dropped. */
const MEMORY_MB = 256

const opened = (open: (address: string) => Promise<Face> | Face): OpenSubject['open'] => {
  return async () => {
    const server = await memcachedServer({ memoryMb: MEMORY_MB })
    const face = await open(`${server.host}:${server.port}`)
    return {
      ...face,
      async close() {
        await face.close?.()
        await server.stop()
      },
    }
  }
}

export const rawMemjs: OpenSubject = {
  name: 'memjs itself',
  package: 'memjs',
  options: `Client.create(address, { retries: 1, expires: ${HOUR_MS / 1_000} }), the same JSON; get and set`,
  open: opened(async (address) => {
    const { default: memjs } = await import('memjs')
    const client = memjs.Client.create(address, { retries: 1, expires: HOUR_MS / 1_000 })
    const { decode, note } = decodes()
    return {
      get: async (key) => decode((await client.get(key)).value ?? undefined),
      set: (key, value) => {
        note(value)
        return client.set(key, Buffer.from(encoded(value)))
      },
      close: () => client.close(),
    }
  }),
}

export const oursOnMemcached: OpenSubject = {
  name: 'cachette, memcached',
  options: `createCache({ store: memcached({ servers: [address] }), ttlMs: ${HOUR_MS} }), values as JSON`,
  open: opened((address) => {
    const cache: Cache<Value> = createCache<Value>({ store: memcached({ servers: [address] }), ttlMs: HOUR_MS })
    return {
      get: (key) => cache.get(key),
      set: (key, value) => cache.set(key, value),
      close: () => cache.close(),
    }
  }),
}
