import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { files } from '@cachette/adapter-file'
import { level } from '@cachette/adapter-level'
import { memory } from '@cachette/adapter-memory'
import { type AnyLayer, CacheError, createCache, manualClock } from '@cachette/core'
import { eviction } from '@cachette/middleware/eviction'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cachette-eviction-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function keysOf(cache: { keys(): AsyncIterable<string> }): Promise<readonly string[]> {
  const keys: string[] = []
  for await (const key of cache.keys()) keys.push(key)
  return keys.toSorted()
}

describe('eviction over a store that outlives the process', () => {
  const opened = (maxEntries: number, policy: 'lru' | 's3fifo' | 'tinylfu' | 'adaptive' = 's3fifo') => {
    const bound = eviction({ policy, maxEntries })
    return { bound, cache: createCache<number>({ store: level({ path: folder }), use: [bound] }) }
  }

  it.each(['lru', 's3fifo', 'tinylfu', 'adaptive'] as const)(
    '%s: what was hot is hot after a restart',
    async (policy) => {
      const before = opened(100, policy)
      for (let key = 0; key < 40; key += 1) await before.cache.set(`key ${key}`, key)
      const hot = ['key 3', 'key 11', 'key 27']
      for (let round = 0; round < 4; round += 1) await before.cache.getMany(hot)
      await before.cache.close()

      const after = opened(100, policy)
      await after.bound.known
      expect(after.bound.entries).toBe(40)
      after.bound.resize({ maxEntries: 10 })
      expect(await after.cache.getMany(hot)).toEqual([3, 11, 27])
      expect(await keysOf(after.cache)).toHaveLength(10)
      await after.cache.close()
    },
  )

  it('knows what was there without having been closed, and keeps to a limit that has been lowered', async () => {
    const plain = createCache<number>({ store: level({ path: folder }) })
    for (let key = 0; key < 30; key += 1) await plain.set(`key ${key}`, key)
    await plain.close()
    const { bound, cache } = opened(12)
    await bound.known
    expect(bound.entries).toBe(12)
    expect(await keysOf(cache)).toHaveLength(12)
    await cache.close()
  })

  it('shows nobody what it puts down for itself', async () => {
    const { bound, cache } = opened(5)
    await cache.set('key', 1)
    await bound.known
    await cache.close()
    const plain = createCache<number>({ store: level({ path: folder }) })
    expect(await keysOf(plain)).toEqual(['key'])
    await plain.close()
  })

  it('counts streams by what has passed', async () => {
    const bound = eviction({ maxBytes: 1_000, scope: 'process' })
    const cache = createCache({ store: files({ path: folder }), use: [bound] })
    const body = () => new Blob([new Uint8Array(600)]).stream()
    await cache.setStream('a', body())
    expect(bound.bytes).toBe(601)
    await cache.setStream('b', body())
    expect(bound.entries).toBe(1)
    expect(await cache.has('b')).toBe(true)
    expect(await cache.getStream('b')).toBeDefined()
    await cache.close()
  })

  it('has to be told that it bounds a shared store by itself', () => {
    const store = files({ path: folder })
    expect(() => createCache({ store, use: [eviction({ maxEntries: 1 })] })).toThrow("say scope: 'process'")
  })
})

/** Fails what it is asked for as long as it is told to. */
function failing(verb: 'write' | 'scan'): AnyLayer & { fails: boolean } {
  const error = (): never => {
    throw new CacheError('UNAVAILABLE', 'as told', { outcome: 'unknown' })
  }
  const layer: AnyLayer & { fails: boolean } = {
    name: 'failing',
    fails: false,
    wrap(next) {
      if (verb === 'scan') return { scan: (prefix, call) => (layer.fails ? error() : next.scan(prefix, call)) }
      const isRemoval = (changes: readonly { readonly entry: unknown }[]) =>
        changes.some(({ entry }) => entry === undefined)
      return { write: (changes, call) => (layer.fails && isRemoval(changes) ? error() : next.write(changes, call)) }
    },
  }
  return layer
}

describe('eviction when something fails', () => {
  it('tells of a removal that failed, fails no write for it, and tries it again along with the next', async () => {
    const below = failing('write')
    const bound = eviction({ policy: 'fifo', maxEntries: 1 })
    const cache = createCache<number>({ store: memory(), use: [bound, below] })
    const told: string[] = []
    cache.on('failure', ({ operation, source }) => told.push(`${source} ${operation}`))
    cache.on('evict', ({ keys, cause }) => told.push(`${cause} ${keys.join()}`))
    await cache.set('a', 1)
    below.fails = true
    await cache.set('b', 2)
    expect(told).toEqual(['eviction evict'])
    below.fails = false
    await cache.set('c', 3)
    expect(await keysOf(cache)).toEqual(['c'])
    expect(told).toEqual(['eviction evict', 'capacity a,b'])
    await cache.close()
  })

  it('looks again later for what was there, if it could not at first', async () => {
    const clock = manualClock()
    const store = memory<number>({ clock })
    const plain = createCache<number>({ store, clock })
    for (const key of ['a', 'b', 'c']) await plain.set(key, 1)
    const below = failing('scan')
    below.fails = true
    const bound = eviction({ maxEntries: 2 })
    const cache = createCache<number>({ store, clock, use: [bound, below] })
    const failed = new Promise((resolve) => cache.on('failure', resolve))
    expect(await failed).toMatchObject({ operation: 'scan', source: 'eviction' })
    expect(bound.entries).toBe(0)
    below.fails = false
    while (bound.entries === 0 && clock.runNext()) await new Promise(setImmediate)
    await bound.known
    expect(await keysOf(plain)).toHaveLength(2)
    await cache.close()
  })

  it('never removes what was written since it looked', async () => {
    const store = memory<number>()
    const other = createCache<number>({ store })
    const bound = eviction({ policy: 'fifo', maxEntries: 2 })
    const cache = createCache<number>({ store, use: [bound] })
    await cache.set('a', 1)
    await cache.set('b', 1)
    await other.set('a', 2)
    await cache.set('c', 1)
    expect(await other.getMany(['a', 'b', 'c'])).toEqual([2, 1, 1])
    expect(await cache.get('a')).toBe(2)
    expect(bound.entries).toBe(2)
    expect(await keysOf(other)).toHaveLength(2)
    await cache.close()
    await other.close()
  })
})
