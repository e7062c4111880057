/** Cachette's memory store, in the ways that are measured, with a lifetime of an hour like its peers. */

import { memory } from '@cachette/adapter-memory'
import { type AnyLayer, createCache } from '@cachette/core'
import { bulkhead, circuitBreaker, eviction, retry, stats, tracing } from '@cachette/middleware'
import type { Face, OpenSubject, Value } from '../harness/face.js'

const HOUR_MS = 3_600_000

export const byReference: OpenSubject = {
  name: 'cachette',
  options: `createCache({ store: memory(), ttlMs: ${HOUR_MS} }), values by reference`,
  open: () => awaited(0),
}

export const byCopies: OpenSubject = {
  name: 'cachette, copies',
  options: `createCache({ store: memory({ copies: true }), ttlMs: ${HOUR_MS} }), values as JSON`,
  open() {
    const cache = createCache<Value>({ store: memory({ copies: true }), ttlMs: HOUR_MS })
    return {
      get: (key) => cache.get(key),
      set: (key, value) => cache.set(key, value),
      getOrSet: (key, load) => cache.getOrSet(key, load),
      close: () => cache.close(),
    }
  },
}

export const endless: OpenSubject = {
  name: 'cachette, no ttl',
  options: 'createCache({ store: memory() }), values by reference',
  open() {
    const cache = createCache<Value>({ store: memory<Value>() })
    return { get: (key) => cache.get(key), set: (key, value) => cache.set(key, value), close: () => cache.close() }
  },
}

/** The synchronous verbs. */
export const ready: OpenSubject = {
  name: 'cachette, sync',
  options: `createCache({ store: memory(), ttlMs: ${HOUR_MS} }).sync`,
  open: () => sync(0),
}

/** None; retry, breaker and bulkhead; or these and what else people would stand in a row with them. */
type Layers = 0 | 3 | 6

/** More entries than are measured: nothing is evicted. */
const ROOM = 1_000_000

export function layered(count: Layers, pace: 'awaited' | 'sync'): OpenSubject {
  const use = layersOf(count).map(({ name }) =>
    name === 'eviction' ? `eviction({ maxEntries: ${ROOM} })` : `${name}()`,
  )
  return {
    name: `${count} layers`,
    options: `createCache({ store: memory(), use: [${use.join(', ')}] })${pace === 'sync' ? '.sync' : ''}`,
    open: () => (pace === 'sync' ? sync(count) : awaited(count)),
  }
}

function awaited(layers: Layers): Face {
  const cache = createCache<Value>({ store: memory<Value>(), use: layersOf(layers), ttlMs: HOUR_MS })
  return {
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
    getOrSet: (key, load) => cache.getOrSet(key, load),
    close: () => cache.close(),
  }
}

function sync(layers: Layers): Face {
  const cache = createCache<Value>({ store: memory<Value>(), use: layersOf(layers), ttlMs: HOUR_MS })
  const { sync: verbs } = cache
  return {
    get: (key) => verbs.get(key),
    set: (key, value) => verbs.set(key, value),
    close: () => cache.close(),
  }
}

function layersOf(count: Layers): readonly AnyLayer[] {
  const protecting = [retry(), circuitBreaker(), bulkhead()]
  if (count === 0) return []
  return count === 3 ? protecting : [tracing(), stats(), ...protecting, eviction({ maxEntries: ROOM })]
}
