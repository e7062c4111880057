import {
  type Awaitable,
  type Change,
  type Host,
  isPromise,
  newCall,
  type Store,
  toCacheError,
  type Version,
} from '@cachette/core'
import type { Removals } from './removals.js'

/** An entry that has to go, as it was known. */
export interface Victim {
  readonly key: string
  readonly version: Version
  readonly bytes: number
  readonly cause: 'capacity' | 'expired'
}

/** How long a removal may take; nobody waits for it. */
const DEADLINE_MS = 10_000

/** Removes what has to go from the store, each only as it was known: a newer one is never touched. */
export class Expulsion<V> {
  readonly #next: Store<V>
  readonly #host: Host
  readonly #source: string
  readonly #removals: Removals
  #victims: Victim[] = []
  /** Those whose removal failed: it is tried again along with the next. */
  #owed: readonly Victim[] = []

  constructor(next: Store<V>, host: Host, source: string, removals: Removals) {
    this.#next = next
    this.#host = host
    this.#source = source
    this.#removals = removals
  }

  add(victim: Victim): void {
    this.#victims.push(victim)
  }

  /** At once where the store is ready; else aside, so that nobody who writes waits for what goes in exchange. */
  run(now: number): void {
    if (this.#victims.length === 0) return
    const victims = [...this.#owed, ...this.#victims]
    this.#owed = []
    this.#victims = []
    const call = newCall(now, { deadline: now + DEADLINE_MS, aside: true })
    const removals = victims.map(({ key, version }): Change<V> => {
      return { key, entry: undefined, version: this.#host.versions.next(), when: { version } }
    })
    let done: Awaitable<readonly boolean[]>
    try {
      done = this.#next.write(removals, call)
    } catch (error) {
      this.#fail(victims, error)
      return
    }
    if (!isPromise(done)) this.#tell(victims, done)
    else
      this.#host.background(
        done.then(
          (answers) => this.#tell(victims, answers),
          (error: unknown) => this.#fail(victims, error),
        ),
      )
  }

  #fail(victims: readonly Victim[], error: unknown): void {
    this.#owed = [...this.#owed, ...victims]
    this.#host.report({ type: 'failure', operation: 'evict', source: this.#source, error: toCacheError(error) })
  }

  /** A removal that removed nothing one could see came too late, or met a newer entry. What had expired is gone anyway. */
  #tell(victims: readonly Victim[], answers: readonly boolean[]): void {
    const gone = victims.filter(({ cause }, index) => cause === 'expired' || answers[index] === true)
    for (const { key, cause, bytes } of gone) this.#removals.tell(key, cause, bytes)
    for (const cause of ['capacity', 'expired'] as const) {
      const keys = gone.filter((victim) => victim.cause === cause).map(({ key }) => key)
      if (keys.length > 0) this.#host.report({ type: 'evict', keys, cause, source: this.#source })
    }
  }
}
