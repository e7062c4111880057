/**
 * Writes to the system of record later: `set` resolves once the cache has it (and the journal, where there is one), and
 * the system of record hears of it in batches. Of several changes of a key it hears of the last; of one key always in
 * order, and of no two at once. What fails is tried again with growing pauses, and in the end handed over as a dead
 * letter. A batch that took longer than `timeoutMs` was aborted, and one that goes on all the same may be overtaken:
 * versions tell what is newer.
 *
 * Place: outside `retry`, as near to the caller as what it must not miss; inside what changes values.
 * Cost: a queue of what waits; with a journal one `fdatasync` for all writes of a turn.
 * Failure: when the queue is full, writes wait for room until their deadline. Without a journal what waits is lost when
 * the process is killed; with one it is taken up again at the next start, and the system of record may hear of it twice.
 */

import {
  andThen,
  type Bytes,
  CacheError,
  type Call,
  type Change,
  type Host,
  json,
  type Layer,
  newCall,
  type Store,
  type Verbs,
  visible,
} from '@cachette/core'
import { Deadlines, type EncodeList, type Encoding, encoding, mapped, promised } from '@cachette/core/adapter'
import { byEncoding, byReference, checkEncoding, isCallers, type Values } from './system-of-record.js'
import { Journal } from './write-behind/journal.js'
import { parse, type WriteBehindOptions, type WriteBehindSettings } from './write-behind/options.js'
import { Queue } from './write-behind/queue.js'

export type { RecordChange } from './system-of-record.js'
export { WRITE_BEHIND_DEFAULTS, type WriteBehindOptions } from './write-behind/options.js'

/** How long closing waits for the system of record. */
const CLOSE_MS = 4_000

/** How long it may take to forget what the journal did not take. */
const FORGET_MS = 1_000

/** The layer and its handle. */
export interface WriteBehind {
  /** How many keys wait to be written. */
  readonly pending: number
  /** Writes all that waits now; fails where something of it cannot be written. */
  flush(): Promise<void>
}

const NAME = 'writeBehind'

export function writeBehind<V>(
  options: WriteBehindOptions<V> & { readonly encode: EncodeList<V> },
): Layer<Bytes> & WriteBehind
export function writeBehind<V>(options: WriteBehindOptions<V> & { readonly encode?: undefined }): Layer<V> & WriteBehind
export function writeBehind<V>(
  options: WriteBehindOptions<V>,
): (Layer<Bytes> & WriteBehind) | (Layer<V> & WriteBehind) {
  const settings = parse(options)
  const { encode } = settings
  if (encode === undefined) return layer(settings, byReference<V>(), encoding([json<V>()]))
  return layer(settings, byEncoding(encode), { async: false, encode: (entry) => entry, decode: (found) => found })
}

/** `written` makes of entries the bytes that the journal holds. */
function layer<V, S>(
  settings: WriteBehindSettings<V>,
  values: Values<V, S>,
  written: Encoding<S>,
): Layer<S> & WriteBehind {
  let queue: Queue<V, S> | undefined
  return {
    name: NAME,
    state: 'own',
    place: { outside: ['retry', 'circuitBreaker', 'bulkhead'] },
    get pending() {
      return queue?.size ?? 0
    },
    flush: async () => queue?.flush(),
    wrap(next: Store<S>, host: Host): Verbs<S> {
      checkEncoding(NAME, next, settings.encode)
      const { path, segmentBytes } = settings
      const journal = path === undefined ? undefined : new Journal(path, segmentBytes, written)
      const own = new Queue({ settings, values, journal, host })
      queue = own
      return verbs(next, host, own)
    },
  }
}

function verbs<V, S>(next: Store<S>, host: Host, queue: Queue<V, S>): Verbs<S> {
  const deadlines = new Deadlines(host.clock)
  const within = <T>(work: Promise<T>, call: Call, text: string, outcome: 'none' | 'unknown'): Promise<T> =>
    deadlines.race(work, call, (code) => {
      const details = { pending: queue.size }
      return new CacheError(code, text, { operation: 'write', source: NAME, outcome, details })
    })
  /** The system of record will not hear of them: what the cache holds would be wrong for as long as it stays. */
  const forget = (changes: readonly Change<S>[]): void => {
    const canTell = next.traits.conditional !== 'none'
    const removals = changes.flatMap(({ key, entry, version }): Change<S>[] =>
      entry === undefined
        ? []
        : [{ key, entry: undefined, version: host.versions.next(), when: canTell ? { version } : undefined }],
    )
    const now = host.clock.now()
    host.background(promised(() => next.write(removals, newCall(now, { deadline: now + FORGET_MS, aside: true }))))
  }
  /** Those that stand are the system of record's business too. */
  const hand = async (changes: readonly Change<S>[], answers: readonly boolean[], call: Call): Promise<void> => {
    const own = changes.filter(
      (change, index) => isCallers(change, call) && (change.when === undefined || answers[index] === true),
    )
    if (own.length === 0) return
    const added = queue.add(own)
    added.catch(() => forget(own))
    await within(added, call, 'the journal took too long', 'unknown')
  }
  return {
    // What has been evicted before the system of record has it is still what is so.
    read(keys, call) {
      if (queue.size === 0) return next.read(keys, call)
      return andThen(next.read(keys, call), (found) =>
        mapped(found, (entry, index) => {
          const waiting = entry === undefined ? queue.get(keys[index] ?? '')?.entry : undefined
          return waiting !== undefined && visible(waiting, call.now) ? waiting : entry
        }),
      )
    },
    async write(changes, call) {
      // Loads and leases of the cache never wait for the system of record.
      const place = queue.enter(changes.filter((change) => isCallers(change, call)).length)
      let answers: readonly boolean[]
      try {
        await within(place.had, call, 'the queue for the system of record had no room in time', 'none')
        answers = await next.write(changes, call)
        await hand(changes, answers, call)
      } finally {
        place.leave()
      }
      // Where the last word on a key was the cache's own, that is what the cache has.
      const last = new Map(changes.map((change) => [change.key, isCallers(change, call)]))
      queue.conceal((key) => last.get(key) === false)
      return answers
    },
    clear(prefix, call) {
      return andThen(next.clear(prefix, call), () => queue.conceal((key) => key.startsWith(prefix)))
    },
    async close() {
      const flushed = promised(() => queue.flush())
      const late = new Promise<void>((resolve) => {
        host.clock.setTimer(CLOSE_MS, resolve, { background: true })
      })
      const outcome = await Promise.race([flushed, late]).then(
        () => undefined,
        (error: unknown) => error,
      )
      const left = await queue.close()
      await next.close()
      if (left === 0) return
      throw new CacheError('UNAVAILABLE', `closed while ${left} changes waited for the system of record`, {
        operation: 'close',
        source: NAME,
        outcome: 'unknown',
        details: { lost: left },
        cause: outcome,
      })
    },
    traits: { ...next.traits, sync: next.traits.sync === 'none' ? 'none' : 'reads', atomicBatch: false },
  }
}
