/**
 * Asks the system of record for what is not in the cache: plain `get` and `getMany` then never miss what that has. All
 * keys that a read lacks are asked for in one call, and a key that is being asked for is not asked for again.
 *
 * Place: outside `retry` and `circuitBreaker`, whose business is the store. For what `getOrSet` can do (stale values
 * served while they are refreshed, one load for a whole fleet, loads that are discarded when they are overtaken), use that;
 * this is for code that only knows `get`.
 * Cost: nothing for what is there.
 * Failure: a read fails as the system of record does. What it gave is served also where the cache cannot keep it.
 */

import {
  type Awaitable,
  andThen,
  type Bytes,
  CacheError,
  type Call,
  type Change,
  checkOptions,
  type Entry,
  type Found,
  type Host,
  type Layer,
  newCall,
  RULES,
  type Rules,
  type Store,
  toCacheError,
  type Verbs,
  type Version,
} from '@cachette/core'
import { type EncodeList, mapped, promised } from '@cachette/core/adapter'
import { byEncoding, byReference, checkEncoding, type Values } from './system-of-record.js'

export interface ReadThroughOptions<V> {
  /** Gives what it has of these keys. */
  read(this: void, keys: readonly string[], call: Pick<Call, 'deadline' | 'signal'>): Awaitable<ReadonlyMap<string, V>>
  /** How long what it gives is there. Default `Infinity`. */
  readonly ttlMs?: number | undefined
  /** The encode list of the cache, over a store of bytes. */
  readonly encode?: EncodeList<V> | undefined
}

export const READ_THROUGH_DEFAULTS = { ttlMs: Number.POSITIVE_INFINITY } as const

const NAME = 'readThrough'

const ACCEPTED: Rules<ReadThroughOptions<unknown>> = {
  read: RULES.run,
  ttlMs: RULES.positiveMs,
  encode: RULES.list,
}

export function readThrough<V>(options: ReadThroughOptions<V> & { readonly encode: EncodeList<V> }): Layer<Bytes>
export function readThrough<V>(options: ReadThroughOptions<V> & { readonly encode?: undefined }): Layer<V>
export function readThrough<V>(options: ReadThroughOptions<V>): Layer<Bytes> | Layer<V> {
  const { encode } = checkOptions(NAME, options, ACCEPTED, ['read'])
  return encode === undefined ? layer(options, byReference<V>()) : layer(options, byEncoding(encode))
}

function noMap(given: unknown): CacheError {
  const said = `expected read to give a Map of values by key, got ${Array.isArray(given) ? 'an array' : typeof given}`
  return new CacheError('INVALID_OPTION', said, { operation: 'read', source: NAME })
}

/** How long it may take to keep what was given. */
const KEEP_MS = 1_000

/** How long keys stay reserved, at most: what is asked for longer than that is not kept. */
const LEASE_MS = 30_000

const NO_BYTES = /* @__PURE__ */ new Uint8Array(0)

function lease<S>(
  key: string,
  version: Version,
  now: number,
  isOfBytes: boolean,
): Change<S> & { readonly entry: Entry<S> } {
  const end = now + LEASE_MS
  const entry: Entry<S> = {
    createdAt: now,
    staleAt: now,
    expiresAt: end,
    keptUntil: end,
    version,
    kind: 'lease',
    tags: [],
    marks: {},
    size: 0,
    // Nobody reads it; a store of bytes is given bytes.
    value: (isOfBytes ? NO_BYTES : undefined) as S,
  }
  return { key, entry, version, when: 'vacant' }
}

function layer<V, S>(options: ReadThroughOptions<V>, values: Values<V, S>): Layer<S> {
  const { read, ttlMs = READ_THROUGH_DEFAULTS.ttlMs, encode } = options
  return {
    name: NAME,
    // What is not in the cache is what this is for.
    changes: ['T1', 'C1', 'F5'],
    needs: { conditional: ['process', 'shared'] },
    place: { outside: ['retry', 'circuitBreaker', 'bulkhead'] },
    wrap(next: Store<S>, host: Host): Verbs<S> {
      checkEncoding(NAME, next, encode)
      const isOfBytes = next.traits.values === 'bytes'
      const asked = new Map<string, Promise<Found<S> | undefined>>()

      const entryOf = (value: V, now: number): Entry<V> => {
        const end = now + ttlMs
        const version = host.versions.next()
        return {
          createdAt: now,
          staleAt: end,
          expiresAt: end,
          keptUntil: end,
          version,
          kind: 'value',
          tags: [],
          marks: {},
          size: 0,
          value,
        }
      }
      const own = (): Call => {
        const now = host.clock.now()
        return newCall(now, { deadline: now + KEEP_MS })
      }
      /** Unheard by any caller: what could not be kept is asked for again. */
      const later = (work: () => Awaitable<unknown>): void =>
        host.background(
          promised(work).catch((error: unknown) =>
            host.report({ type: 'failure', operation: 'write', source: NAME, error: toCacheError(error) }),
          ),
        )
      /**
       * Reserves the keys before anything is asked for. Whoever sets, removes or clears one of them takes that away, and
       * what was asked for is then not kept: it may be older. What is kept past its time is its own reservation; what
       * others have reserved is theirs.
       */
      const reserve = (keys: readonly string[], there: readonly (Found<S> | undefined)[]): Map<string, Version> => {
        const free = keys.filter((_, index) => there[index] === undefined)
        const leases = free.map((key) => lease<S>(key, host.versions.next(), host.clock.now(), isOfBytes))
        later(() => next.write(leases, own()))
        const reserved = new Map(leases.map(({ key, version }) => [key, version]))
        for (const [index, key] of keys.entries()) {
          const found = there[index]
          if (found?.kind === 'value') reserved.set(key, found.version)
        }
        return reserved
      }
      /** In place of what was reserved; nobody waits, since readers of the keys are in front of it. */
      const keep = (
        keys: readonly string[],
        there: readonly (Found<S> | undefined)[],
        reserved: ReadonlyMap<string, Version>,
        given: ReadonlyMap<string, Entry<S>>,
      ): void => {
        const changes = keys.flatMap((key, index): Change<S>[] => {
          const version = reserved.get(key)
          const entry = given.get(key)
          if (version === undefined || (entry === undefined && there[index] !== undefined)) return []
          return [{ key, entry, version: entry?.version ?? host.versions.next(), when: { version } }]
        })
        later(() => next.write(changes, own()))
      }
      const ask = async (keys: readonly string[], call: Call): Promise<ReadonlyMap<string, Entry<S>>> => {
        // In the reader's own turn: whoever changes a key later comes after the reservation.
        const there = await next.read(keys, { ...call, want: 'header', show: 'all' })
        const reserved = reserve(keys, there)
        const found = new Map<string, Entry<S>>()
        try {
          const given = await promised(() => read(keys, call))
          if (typeof given?.get !== 'function') throw noMap(given)
          for (const key of keys) {
            const value = given.get(key)
            if (value !== undefined) found.set(key, await values.seal(entryOf(value, call.now), key))
          }
        } catch (error) {
          throw toCacheError(error, { operation: 'read', source: NAME })
        } finally {
          keep(keys, there, reserved, found)
        }
        return found
      }
      const missing = (keys: readonly string[], call: Call): Awaitable<readonly (Found<S> | undefined)[]> => {
        const fresh = [...new Set(keys.filter((key) => !asked.has(key)))]
        if (fresh.length > 0) {
          const answer = ask(fresh, call).finally(() => {
            for (const key of fresh) asked.delete(key)
          })
          for (const key of fresh) {
            const one = answer.then((found) => found.get(key))
            // Whoever waits for it hears of its failure.
            one.catch(() => undefined)
            asked.set(key, one)
          }
        }
        return mapped(keys, (key) => asked.get(key))
      }
      return {
        read(keys, call) {
          return andThen(next.read(keys, call), (found) => {
            // Loads bring their own source; what looks deeper than a reader does is not for the system of record.
            if (call.load !== undefined || call.want === 'header' || (call.show ?? 'live') !== 'live') return found
            const lacking = keys.filter((_, index) => found[index] === undefined)
            if (lacking.length === 0) return found
            return andThen(missing(lacking, call), (given) => {
              let at = 0
              return found.map((entry) => entry ?? given[at++])
            })
          })
        },
        traits: { ...next.traits, sync: 'none' },
      }
    },
  }
}
