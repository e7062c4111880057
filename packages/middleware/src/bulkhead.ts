/**
 * Bounds how much is under way at once: so many calls reach the store, so many more wait in a queue, and what comes
 * then is turned away with `REJECTED`. A slow store then costs as much memory and as many connections as it may, no more.
 *
 * Place: right before what it protects, inside `retry` and `circuitBreaker`. Around `retry`, a call would keep its place
 * through all its pauses, while nothing is under way.
 * Cost: two additions for each call. What answers at once takes no place, so over a store in memory it costs nothing.
 * Failure: none of its own.
 */

import {
  type AnyLayer,
  type Awaitable,
  around,
  CacheError,
  type Call,
  type Clock,
  type Host,
  isPromise,
  type Passing,
  type Proceed,
  RULES,
  type Rules,
  type Store,
  type Traits,
  type Verbs,
} from '@cachette/core'
import { Deadlines } from '@cachette/core/adapter'
import { paged } from './paged.js'
import { COUNT, type Settings, settle } from './settings.js'

export interface BulkheadOptions {
  /** How many calls may be under way at once; a batch, and a page of a scan, is one. Default 64. */
  readonly maxConcurrent?: number | undefined
  /** How many may wait for one of them to end, each until its deadline. Default 256. */
  readonly maxQueued?: number | undefined
}

export type BulkheadSettings = Settings<BulkheadOptions>

export const BULKHEAD_DEFAULTS: BulkheadSettings = { maxConcurrent: 64, maxQueued: 256 }

const ACCEPTED: Rules<BulkheadOptions> = { maxConcurrent: RULES.positiveInteger, maxQueued: COUNT }

/** The layer and its handle. One may stand in several caches, which then share its places. */
export interface Bulkhead extends AnyLayer {
  /** How many calls are under way. */
  readonly active: number
  /** How many wait. */
  readonly queued: number
  /** With more places, those who wait get them at once; with fewer, nobody loses his. */
  configure(options: BulkheadOptions): void
}

const NAME = 'bulkhead'

export function bulkhead(options: BulkheadOptions = {}): Bulkhead {
  const places = new Places(settle(NAME, BULKHEAD_DEFAULTS, options, ACCEPTED))
  return {
    name: NAME,
    state: 'shared',
    wrap<V>(next: Store<V>, host: Host): Verbs<V> {
      const deadlines = new Deadlines(host.clock)
      const bounded = around({
        name: NAME,
        around: (passing, proceed) => places.pass(passing, proceed, deadlines, host.clock),
      }).wrap(next, host)
      return slow(bounded, next.traits.sync)
    },
    get active() {
      return places.active
    },
    get queued() {
      return places.queued
    },
    configure: (changed) => places.configure(changed),
  }
}

/** Those verbs alone that may take their time. */
function slow<V>({ read, readOne, write, clear, ...rest }: Verbs<V>, sync: Traits['sync']): Verbs<V> {
  if (sync === 'all') return rest
  const writes = { ...rest, ...(write && { write }), ...(clear && { clear }) }
  return sync === 'reads' ? writes : { ...writes, ...(read && { read }), ...(readOne && { readOne }) }
}

class Places {
  #settings: BulkheadSettings
  #active = 0
  /** What lets those in who wait, in the order in which they came, so that no later call for a key gets ahead. */
  readonly #queue = new Set<() => void>()

  constructor(settings: BulkheadSettings) {
    this.#settings = settings
  }

  get active(): number {
    return this.#active
  }

  get queued(): number {
    return this.#queue.size
  }

  configure(options: BulkheadOptions): void {
    this.#settings = settle(NAME, this.#settings, options, ACCEPTED)
    this.#admit()
  }

  pass<R>(passing: Passing, proceed: Proceed<R>, deadlines: Deadlines, clock: Clock): Awaitable<R> {
    if (this.#active < this.#settings.maxConcurrent) {
      this.#active += 1
      return this.#run(proceed)
    }
    const { verb, call } = passing
    if (this.#queue.size >= this.#settings.maxQueued) throw this.#rejection(verb)
    return this.#turn(verb, verb === 'scan' ? paged(call, clock) : call, deadlines).then(() => this.#run(proceed))
  }

  /** In a place that has been taken. */
  #run<R>(proceed: Proceed<R>): Awaitable<R> {
    let answer: Awaitable<R>
    try {
      answer = proceed()
    } catch (error) {
      this.#leave()
      throw error
    }
    if (!isPromise(answer)) {
      this.#leave()
      return answer
    }
    const leave = (): void => this.#leave()
    answer.then(leave, leave)
    return answer
  }

  /** Waits for a place, until the deadline or an abort. */
  #turn(operation: string, call: Call, deadlines: Deadlines): Promise<void> {
    let enter = (): void => undefined
    const turn = new Promise<void>((resolve) => {
      enter = resolve
    })
    this.#queue.add(enter)
    return deadlines.race(turn, call, (code) => {
      // Its place may have been given to it in this very moment.
      if (!this.#queue.delete(enter)) this.#leave()
      const said =
        code === 'TIMEOUT' ? 'waited for a place in the bulkhead until its deadline' : 'was aborted in the queue'
      return new CacheError(code, `the call ${said}`, { operation, source: NAME })
    })
  }

  #leave(): void {
    this.#active -= 1
    this.#admit()
  }

  #admit(): void {
    for (const enter of this.#queue) {
      if (this.#active >= this.#settings.maxConcurrent) return
      this.#queue.delete(enter)
      this.#active += 1
      enter()
    }
  }

  #rejection(operation: string): CacheError {
    const { maxConcurrent, maxQueued } = this.#settings
    const said = `${maxConcurrent} calls are under way and ${maxQueued} wait`
    return new CacheError('REJECTED', said, { operation, source: NAME, details: { maxConcurrent, maxQueued } })
  }
}
