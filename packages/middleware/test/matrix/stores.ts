import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { files } from '@cachette/adapter-file'
import { level } from '@cachette/adapter-level'
import { lmdb } from '@cachette/adapter-lmdb'
import { memcached } from '@cachette/adapter-memcached'
import { memory } from '@cachette/adapter-memory'
import { redis } from '@cachette/adapter-redis'
import type { OpenContext } from '@cachette/conformance'
import { memcachedServer, redisServer } from '@cachette/conformance/servers'
import { type Awaitable, newCall, type Store } from '@cachette/core'
import { afterAll, beforeAll } from 'vitest'
import { temporary } from '../support/folders.js'

export type Open = (context: OpenContext) => Awaitable<Store>

/** Every adapter of bytes, with servers where it needs them; to be called while a test file is collected. */
export function stores(): Readonly<Record<string, Open>> {
  const folder = temporary()
  const path = (): string => mkdtempSync(join(folder, 'store-'))
  const ports = { redis: 0, memcached: 0 }
  const stops: (() => Promise<void>)[] = []
  let roots = 0
  const root = (): string => {
    roots += 1
    return `matrix-${roots}`
  }
  beforeAll(async () => {
    const one = await redisServer()
    const other = await memcachedServer()
    ports.redis = one.port
    ports.memcached = other.port
    stops.push(
      () => one.stop(),
      () => other.stop(),
    )
  })
  afterAll(async () => {
    for (const stop of stops) await stop()
  })
  return {
    memory: ({ clock }) => memory({ copies: true, clock }),
    lmdb: ({ clock }) => lmdb({ path: path(), clock }),
    level: async ({ clock }) => {
      const store = level({ path: path(), clock })
      // Until it is open its reads are not ready yet, as its README says.
      await store.read(['any'], newCall(clock.now()))
      return store
    },
    files: ({ clock }) => files({ path: path(), clock }),
    redis: ({ clock }) => redis({ connection: { host: '127.0.0.1', port: ports.redis }, root: root(), clock }),
    memcached: ({ clock }) => memcached({ servers: [`127.0.0.1:${ports.memcached}`], root: root(), clock }),
  }
}
