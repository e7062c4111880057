/** Cachette's memory store, in the ways that are measured, with a lifetime of an hour like its peers. */

import { memory } from '@cachette/adapter-memory'
import { around, createCache } from '@cachette/core'
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

/** So many layers that do nothing but pass every verb on. */
export function layered(count: number, pace: 'awaited' | 'sync'): OpenSubject {
  return {
    name: `${count} layers`,
    options: `createCache({ store: memory(), use: [${count} x around that passes on] })${pace === 'sync' ? '.sync' : ''}`,
    open: () => (pace === 'sync' ? sync(count) : awaited(count)),
  }
}

function awaited(layers: number): Face {
  const cache = createCache<Value>({ store: memory<Value>(), use: passThrough(layers), ttlMs: HOUR_MS })
  return {
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
    getOrSet: (key, load) => cache.getOrSet(key, load),
    close: () => cache.close(),
  }
}

function sync(layers: number): Face {
  const cache = createCache<Value>({ store: memory<Value>(), use: passThrough(layers), ttlMs: HOUR_MS })
  const { sync: verbs } = cache
  return {
    get: (key) => verbs.get(key),
    set: (key, value) => verbs.set(key, value),
    close: () => cache.close(),
  }
}

function passThrough(count: number): ReturnType<typeof around>[] {
  return Array.from({ length: count }, (_, index) =>
    around({ name: `pass-${index}`, around: (_passing, proceed) => proceed() }),
  )
}
