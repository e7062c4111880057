/**
 * Writes to the system of record with every write to the cache: when `set` resolves, both have it. What depends on a
 * condition is judged by the cache first, all else goes to the system of record first, so that the cache never holds
 * what that has refused. Loads, leases and lifetimes that slide are the cache's own and pass.
 *
 * Place: outside whatever repeats or refuses writes to the store: inside `retry`, the system of record would be told
 * again of what it has.
 * Cost: the system of record's own time, with every write.
 * Failure: a write that the system of record refuses fails with its error, and the key is removed from the cache, since
 * nobody knows what is so. `clear` empties the cache alone.
 */

import {
  type Awaitable,
  andThen,
  type Bytes,
  type Call,
  type Change,
  checkOptions,
  type Host,
  isCacheError,
  type Layer,
  RULES,
  type Rules,
  type Store,
  toCacheError,
  type Verbs,
} from '@cachette/core'
import { type EncodeList, mapped, recover } from '@cachette/core/adapter'
import {
  byEncoding,
  byReference,
  changeOf,
  checkEncoding,
  isCallers,
  type RecordChange,
  type Values,
} from './system-of-record.js'

export interface WriteThroughOptions<V> {
  /** Writes all of them, in order. Failing says that none is sure to be written. */
  write(this: void, changes: readonly RecordChange<V>[], call: Pick<Call, 'deadline' | 'signal'>): Awaitable<void>
  /** The encode list of the cache, over a store of bytes. */
  readonly encode?: EncodeList<V> | undefined
}

export type { RecordChange } from './system-of-record.js'

const NAME = 'writeThrough'

const ACCEPTED: Rules<WriteThroughOptions<unknown>> = { write: RULES.run, encode: RULES.list }

export function writeThrough<V>(options: WriteThroughOptions<V> & { readonly encode: EncodeList<V> }): Layer<Bytes>
export function writeThrough<V>(options: WriteThroughOptions<V> & { readonly encode?: undefined }): Layer<V>
export function writeThrough<V>(options: WriteThroughOptions<V>): Layer<Bytes> | Layer<V> {
  const { write, encode } = checkOptions(NAME, options, ACCEPTED, ['write'])
  return encode === undefined ? layer(write, byReference<V>(), encode) : layer(write, byEncoding(encode), encode)
}

function layer<V, S>(
  write: WriteThroughOptions<V>['write'],
  values: Values<V, S>,
  encode: EncodeList<V> | undefined,
): Layer<S> {
  return {
    name: NAME,
    place: { outside: ['retry', 'circuitBreaker', 'bulkhead'] },
    wrap(next: Store<S>, host: Host): Verbs<S> {
      checkEncoding(NAME, next, encode)
      const tell = (changes: readonly Change<S>[], call: Call): Awaitable<void> => {
        if (changes.length === 0) return undefined
        return andThen(
          mapped(changes, (change) => changeOf(values, change)),
          (told) => failing(() => write(told, call)),
        )
      }
      /** Nobody knows what the system of record holds now: what the cache holds may be wrong. */
      const forget = (changes: readonly Change<S>[], call: Call): void => {
        const removals = changes.map(({ key }): Change<S> => ({ key, entry: undefined, version: host.versions.next() }))
        const removed = recover<unknown, unknown>(
          () => next.write(removals, call),
          (error) => Promise.reject(toCacheError(error)),
        )
        host.background(Promise.resolve(removed))
      }
      const written = (changes: readonly Change<S>[], call: Call, run: () => Awaitable<readonly boolean[]>) =>
        recover<readonly boolean[], never>(run, (error) => {
          forget(changes, call)
          throw error
        })
      return {
        write(changes, call) {
          const own = changes.filter((change) => isCallers(change, call))
          if (own.length === 0) return next.write(changes, call)
          if (own.every(({ when }) => when === undefined)) {
            return written(own, call, () => andThen(tell(own, call), () => next.write(changes, call)))
          }
          return andThen(next.write(changes, call), (answers) => {
            const done = own.filter((change) => change.when === undefined || answers[changes.indexOf(change)] === true)
            return written(done, call, () => andThen(tell(done, call), () => answers))
          })
        },
        // Not in step with the store: the system of record may take its time.
        traits: { ...next.traits, atomicBatch: false, sync: next.traits.sync === 'none' ? 'none' : 'reads' },
      }
    },
  }
}

/** Whatever the system of record throws: nobody knows whether the write happened. */
function failing(run: () => Awaitable<void>): Awaitable<void> {
  return recover<void, never>(run, (error) => {
    throw isCacheError(error) ? error : toCacheError(error, { operation: 'write', source: NAME, outcome: 'unknown' })
  })
}
