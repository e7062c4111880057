import {
  type Awaitable,
  CacheError,
  type Call,
  type Change,
  type Clock,
  type Entry,
  type Found,
  isCacheError,
  type Shell,
} from '@cachette/core'
import { promised } from '@cachette/core/adapter'
import { isNewer } from './stamps.js'

/** How often a write looks again when another writer came in between. */
const MAX_ATTEMPTS = 8

/** How much of the last answers' times the next one counts for. */
const WEIGHT_OF_NEWEST = 0.2

/** How long one that failed is asked last. */
const SHUNNED_MS = 1_000

/** How a replica has been doing. */
export interface ReplicaHealth {
  readonly name: string
  /** Since when it has not answered. */
  readonly downSince: number | undefined
  /** Of its answers, the newest counting most. */
  readonly latencyMs: number
  readonly failures: number
}

/** One of several stores that hold the same. */
export class Replica<V> {
  readonly name: string
  readonly store: Shell<V>
  readonly #clock: Clock
  readonly #forgottenMs: number
  #latencyMs = 0
  #failures = 0
  #downSince: number | undefined
  #failedAt = Number.NEGATIVE_INFINITY
  /** Since when it lacks something that others have. */
  #missingSince: number | undefined
  #emptying: Promise<void> | undefined

  /** One that was away for `forgottenMs` may hold what all others have forgotten to be removed. */
  constructor(name: string, store: Shell<V>, clock: Clock, forgottenMs: number) {
    this.name = name
    this.store = store
    this.#clock = clock
    this.#forgottenMs = forgottenMs
  }

  get health(): ReplicaHealth {
    return { name: this.name, downSince: this.#downSince, latencyMs: this.#latencyMs, failures: this.#failures }
  }

  /** The less the sooner it is asked. */
  rank(now: number): number {
    return now - this.#failedAt < SHUNNED_MS ? Number.POSITIVE_INFINITY : this.#latencyMs
  }

  isShunned(now: number): boolean {
    return now - this.#failedAt < SHUNNED_MS
  }

  /** A write that others have failed here. */
  missed(): void {
    if (this.#downSince !== undefined) this.#missingSince ??= this.#downSince
  }

  read(keys: readonly string[], call: Call): Promise<readonly (Found<V> | undefined)[]> {
    return this.#watched(() => this.store.read(keys, call))
  }

  /** The entries, each where what is stored is older; whoever finds something newer is content with that. */
  async put(entries: ReadonlyMap<string, Entry<V>>, heads: Heads<V> | undefined, call: Call): Promise<void> {
    let waiting = [...entries]
    let known = heads
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      known ??= await this.heads(
        waiting.map(([key]) => key),
        call,
      )
      const changes = waiting.flatMap(([key, entry]) => newer(key, entry, known?.get(key)))
      if (changes.length === 0) return
      const done = await this.#watched(() => this.store.write(changes, call))
      const lost = new Set(changes.flatMap(({ key }, index) => (done[index] === true ? [] : [key])))
      if (lost.size === 0) return
      waiting = waiting.filter(([key]) => lost.has(key))
      known = undefined
    }
    throw new CacheError('BACKEND', `${this.name}: others kept changing ${waiting.length} keys`, {
      operation: 'write',
      source: this.name,
      retry: 'yes',
      outcome: 'unknown',
    })
  }

  async heads(keys: readonly string[], call: Call): Promise<Heads<V>> {
    const found = await this.read(keys, { ...call, want: 'header', show: 'all' })
    return new Map(keys.map((key, index) => [key, found[index]]))
  }

  async #watched<T>(run: () => Awaitable<T>): Promise<T> {
    await this.#emptied()
    const began = this.#clock.now()
    try {
      const answer = await promised(run)
      const took = this.#clock.now() - began
      this.#latencyMs += (took - this.#latencyMs) * WEIGHT_OF_NEWEST
      this.#downSince = undefined
      this.#missingSince = undefined
      this.#failedAt = Number.NEGATIVE_INFINITY
      return answer
    } catch (error) {
      if (isCacheError(error) && (error.code === 'ABORTED' || error.retry === 'no')) throw error
      this.#failures += 1
      this.#failedAt = this.#clock.now()
      this.#downSince ??= began
      throw error
    }
  }

  async #emptied(): Promise<void> {
    const now = this.#clock.now()
    // One that nothing was written without has nothing to forget, however long nobody asked it.
    if (this.#missingSince === undefined || now - this.#missingSince < this.#forgottenMs) return this.#emptying
    this.#emptying ??= this.#empty().finally(() => {
      this.#emptying = undefined
    })
    return this.#emptying
  }

  async #empty(): Promise<void> {
    const now = this.#clock.now()
    await this.store.clear('', { id: 0, now, deadline: now + SHUNNED_MS })
    this.#downSince = undefined
    this.#missingSince = undefined
  }
}

/** What a replica has under each key. */
export type Heads<V> = ReadonlyMap<string, Found<V> | undefined>

/** The change that puts the entry over what is older; none where it, or something newer, is. */
function newer<V>(key: string, entry: Entry<V>, head: Found<V> | undefined): readonly Change<V>[] {
  if (head !== undefined && !isNewer(entry, head)) return []
  const when = head === undefined ? 'vacant' : { version: head.version }
  return [{ key, entry, version: entry.version, when }]
}
