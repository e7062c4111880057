/** Each layer of @cachette/middleware alone around memory, set up so that it lets everything through. */

import { randomBytes } from 'node:crypto'
import { memory } from '@cachette/adapter-memory'
import { type AnyLayer, type Cache, createCache, json, type Layer, type ValueLayer } from '@cachette/core'
import {
  bulkhead,
  chaos,
  checksum,
  circuitBreaker,
  coalesce,
  compression,
  encryption,
  eviction,
  failOpen,
  hashedKeys,
  hooks,
  jitter,
  logging,
  patterns,
  rateLimit,
  record,
  retry,
  schema,
  stats,
  tags,
  tracing,
  ttl,
  versioned,
} from '@cachette/middleware'
import type { Face, OpenSubject, Value } from '../harness/face.js'

export type CostPace = 'awaited' | 'sync'

/** A layer whose own cost is measured. */
export interface Costed {
  /** As its factory is called, and its place in the README. */
  readonly name: string
  readonly options: string
  /** What it stands over: values by reference, or values as JSON. */
  readonly over: 'values' | 'bytes'
  /** Whether answers stay ready. */
  readonly ready: boolean
  open(): Cache<Value>
}

const HOUR_MS = 3_600_000

/** More than is measured: nothing is evicted, and nothing turned away. */
const PLENTY = 1_000_000_000

const anything = {
  '~standard': { version: 1, vendor: 'bench', validate: (value: unknown) => ({ value: value as Value }) },
} as const

function inUse(name: string, options: string, make: () => AnyLayer | Layer<Value>, ready = true): Costed {
  const open = (): Cache<Value> => createCache<Value>({ store: memory<Value>(), use: [make()], ttlMs: HOUR_MS })
  return { name, options: `use: [${name}(${options})]`, over: 'values', ready, open }
}

function inEncode(name: string, options: string, make: () => ValueLayer): Costed {
  const open = (): Cache<Value> =>
    createCache<Value>({ store: memory({ copies: true }), encode: [json(), make()], ttlMs: HOUR_MS })
  return { name, options: `encode: [json(), ${name}(${options})]`, over: 'bytes', ready: true, open }
}

export const costed: readonly Costed[] = [
  inUse('stats', '', () => stats()),
  inUse('logging', '', () => logging()),
  inUse('tracing', '', () => tracing()),
  inUse('retry', '', () => retry()),
  inUse('circuitBreaker', '', () => circuitBreaker()),
  inUse('bulkhead', '', () => bulkhead()),
  inUse('failOpen', '', () => failOpen()),
  inUse('rateLimit', `{ perSecond: ${PLENTY} }`, () => rateLimit({ perSecond: PLENTY })),
  inEncode('compression', '{ asyncAboveBytes: Infinity }', () => compression({ asyncAboveBytes: Infinity })),
  inEncode('checksum', '', () => checksum()),
  inEncode('encryption', '{ keys: one }', () =>
    encryption({ keys: { current: { id: 'one', secret: randomBytes(32) } } }),
  ),
  inUse('hashedKeys', '{ secret }', () => hashedKeys({ secret: randomBytes(32) })),
  inUse('schema', '{ schema: one that accepts all }', () => schema<Value>({ schema: anything })),
  inUse('jitter', '', () => jitter()),
  inUse('ttl', '{ rules: [{ ttlMs: 60000 }] }', () => ttl({ rules: [{ ttlMs: 60_000 }] })),
  inUse('eviction', `{ maxEntries: ${PLENTY} }`, () => eviction({ maxEntries: PLENTY })),
  inUse('tags', '', () => tags()),
  inUse('patterns', '', () => patterns()),
  inUse('versioned', '{ version: 1 }', () => versioned({ version: 1 })),
  inUse('hooks', '', () => hooks()),
  inUse('coalesce', '', () => coalesce()),
  inUse('chaos', '{ seed: 20 }', () => chaos({ seed: 20 }), false),
  inUse('record', '', () => record(), false),
]

/** The same cache without the layer. */
export function bare(over: Costed['over'], pace: CostPace): OpenSubject {
  const isBytes = over === 'bytes'
  const open = (): Cache<Value> =>
    isBytes
      ? createCache<Value>({ store: memory({ copies: true }), encode: [json()], ttlMs: HOUR_MS })
      : createCache<Value>({ store: memory<Value>(), ttlMs: HOUR_MS })
  const options = isBytes ? 'memory({ copies: true }), encode: [json()]' : 'memory(), values by reference'
  return { name: 'none', options, open: () => faceOf(open(), pace) }
}

export function within(layer: Costed, pace: CostPace): OpenSubject {
  return { name: layer.name, options: layer.options, open: () => faceOf(layer.open(), pace) }
}

function faceOf(cache: Cache<Value>, pace: CostPace): Face {
  const verbs = pace === 'sync' ? cache.sync : cache
  return { get: (key) => verbs.get(key), set: (key, value) => verbs.set(key, value), close: () => cache.close() }
}
