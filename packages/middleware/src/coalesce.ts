/**
 * Makes one batch of the single reads that are made in one turn of the event loop. Each caller is given its own answer
 * or its own failure, and keeps its own deadline, signal and place in the order of calls.
 *
 * Place: outside `retry`, `circuitBreaker` and `bulkhead`, for which a batch is then one call; with `retry` outside it,
 * what is repeated for one caller would wait to be joined with others. Not beside what renames keys (`hashedKeys`): a
 * batch goes on in the turns of its callers, which are by the names that they know.
 * Cost: a read waits for the end of the turn. Over a store that answers at once it stands aside, and costs nothing.
 * Failure: a batch that fails fails each of its callers, but for those keys whose own outcome the error tells.
 */

import { nextTick } from 'node:process'
import {
  type AnyLayer,
  CacheError,
  type Call,
  type Found,
  isCacheError,
  RULES,
  type Rules,
  type Store,
  type Verbs,
} from '@cachette/core'
import { promised, restated } from '@cachette/core/adapter'
import { type Settings, settle } from './settings.js'

export interface CoalesceOptions {
  /** How many reads one batch may hold; what is more goes into the next. */
  readonly maxBatch?: number | undefined
}

/** The layer and its handle. */
export interface Coalesce extends AnyLayer {
  configure(options: CoalesceOptions): void
}

export const COALESCE_DEFAULTS = { maxBatch: 256 } as const

const NAME = 'coalesce'

const OPTION_RULES: Rules<CoalesceOptions> = { maxBatch: RULES.positiveInteger }

export function coalesce(options: CoalesceOptions = {}): Coalesce {
  let settings: Settings<CoalesceOptions> = settle(NAME, COALESCE_DEFAULTS, options, OPTION_RULES)
  return {
    name: NAME,
    state: 'shared',
    joins: true,
    place: { outside: ['retry', 'circuitBreaker', 'bulkhead'] },
    configure(changed) {
      settings = settle(NAME, settings, changed, OPTION_RULES)
    },
    wrap<V>(next: Store<V>): Verbs<V> {
      if (next.traits.sync !== 'none') return {}
      const batches = new Batches(next, () => settings.maxBatch)
      return {
        read(keys, call) {
          const [key] = keys
          // A load is watched by the reads that are made for it alone.
          return key === undefined || keys.length > 1 || call.load !== undefined || call.joins !== undefined
            ? next.read(keys, call)
            : batches.read(key, call)
        },
      }
    },
  }
}

interface Caller<V> {
  readonly key: string
  readonly call: Call
  resolve(answer: readonly (Found<V> | undefined)[]): void
  reject(error: unknown): void
}

/** The reads of this turn, apart by what they ask for and by when they must be answered. */
class Batches<V> {
  readonly #next: Store<V>
  readonly #maxBatch: () => number
  readonly #open = new Map<string, Caller<V>[]>()

  constructor(next: Store<V>, maxBatch: () => number) {
    this.#next = next
    this.#maxBatch = maxBatch
  }

  read(key: string, call: Call): Promise<readonly (Found<V> | undefined)[]> {
    const { now, deadline, want = 'value', show = 'live', aside = false } = call
    const alike = `${now} ${deadline} ${want} ${show} ${aside}`
    return new Promise((resolve, reject) => {
      const caller = { key, call, resolve, reject }
      const open = this.#open.get(alike)
      if (open !== undefined && open.length < this.#maxBatch()) {
        open.push(caller)
        return
      }
      const callers = [caller]
      this.#open.set(alike, callers)
      // Behind all that this turn still brings on, and when each of the callers has its place in the order of calls.
      queueMicrotask(() =>
        nextTick(() => {
          if (this.#open.get(alike) === callers) this.#open.delete(alike)
          this.#send(callers)
        }),
      )
    })
  }

  #send(all: readonly Caller<V>[]): void {
    const callers = all.filter(({ call, reject }) => {
      if (call.signal?.aborted !== true) return true
      reject(
        new CacheError('ABORTED', "the read was aborted by the caller's signal", { operation: 'read', source: NAME }),
      )
      return false
    })
    const [first, ...others] = callers
    if (first === undefined) return
    const { keys, places } = this.#places(callers)
    const call = others.length === 0 ? first.call : joined(first.call, callers)
    promised(() => this.#next.read(keys, call)).then(
      (found) => {
        const given = new Set<number>()
        for (const [index, place] of places.entries()) {
          const answer = found[place]
          callers[index]?.resolve([given.has(place) ? anotherOf(answer, this.#next) : answer])
          given.add(place)
        }
      },
      (error: unknown) => {
        for (const caller of callers) settleFailed(caller, error, callers.length)
      },
    )
  }

  /** Which answer is whose. A key is asked for once, unless each of its callers needs a copy that only the store can make. */
  #places(callers: readonly Caller<V>[]): { readonly keys: readonly string[]; readonly places: readonly number[] } {
    const { isolated, values } = this.#next.traits
    const shares = !isolated || values === 'bytes'
    const keys: string[] = []
    const known = new Map<string, number>()
    const places = callers.map(({ key }) => {
      const place = (shares ? known.get(key) : undefined) ?? keys.push(key) - 1
      known.set(key, place)
      return place
    })
    return { keys, places }
  }
}

/** Aborts are each caller's own: whoever aborts is told so at once, and the batch goes on for the others. */
function joined<V>(first: Call, callers: readonly Caller<V>[]): Call {
  return { ...first, signal: undefined, joins: callers.map(({ call }) => call.id) }
}

/** The same entry for one more caller, who may change the bytes that the first was given. */
function anotherOf<V>(found: Found<V> | undefined, { traits }: Store<V>): Found<V> | undefined {
  if (found === undefined || !traits.isolated || !(found.value instanceof Uint8Array)) return found
  const { value } = found
  return { ...found, value: value.slice() as typeof value }
}

/** Each caller has an error of its own, or the outcome of its own key. */
function settleFailed<V>({ key, resolve, reject }: Caller<V>, error: unknown, callers: number): void {
  if (!isCacheError(error) || callers === 1) {
    reject(error)
    return
  }
  const own = error.outcomes?.find((outcome) => outcome.key === key)
  if (own !== undefined && 'value' in own && isAnswer<V>(own.value)) resolve([own.value])
  else reject(own !== undefined && 'error' in own ? own.error : restated(error, { outcomes: undefined }))
}

function isAnswer<V>(value: unknown): value is Found<V> | undefined {
  return value === undefined || (typeof value === 'object' && value !== null && 'expiresAt' in value)
}
