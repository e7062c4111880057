import { CacheError, type Call, type Clock, type Found, toCacheError } from '@cachette/core'
import { restated } from '@cachette/core/adapter'
import { gather } from './gather.js'
import type { WriteConcern } from './options.js'
import type { Replica } from './replica.js'

/** What each of the replicas that were asked has under each key. */
export type Answers<V> = ReadonlyMap<Replica<V>, readonly (Found<V> | undefined)[]>

/** How many replicas are to answer, which are asked, and in which order. */
export class Quorum<V> {
  readonly replicas: readonly Replica<V>[]
  readonly #concern: WriteConcern
  readonly #clock: Clock

  constructor(replicas: readonly Replica<V>[], concern: WriteConcern, clock: Clock) {
    this.replicas = replicas
    this.#concern = concern
    this.#clock = clock
  }

  get #majority(): number {
    return Math.floor(this.replicas.length / 2) + 1
  }

  /** How many have a write when it resolves. */
  get toWrite(): number {
    return { all: this.replicas.length, quorum: this.#majority, one: 1 }[this.#concern]
  }

  /** How many must be asked to come across every write that resolved. */
  get toRead(): number {
    return { all: 1, quorum: this.#majority, one: this.replicas.length }[this.#concern]
  }

  /** The healthiest first. */
  get ranked(): readonly Replica<V>[] {
    const now = this.#clock.now()
    return [...this.replicas].sort((a, b) => compared(a.rank(now), b.rank(now)))
  }

  async read(keys: readonly string[], call: Call): Promise<Answers<V>> {
    const own: Call = { ...call, show: 'all' }
    if (this.#concern === 'one') return this.#readAny(keys, own)
    const shared = this.#share(own)
    return gather(this.ranked, this.toRead, (replica) => replica.read(keys, shared()), {
      all: false,
      failure: (errors) => this.failure('read', this.toRead, errors),
    })
  }

  async write(put: (replica: Replica<V>) => Promise<void>): Promise<void> {
    const without: Replica<V>[] = []
    let isWritten = false
    const watched = (replica: Replica<V>): Promise<void> =>
      put(replica).then(
        () => {
          // Also where too few have it: the others may be brought up to date from here.
          isWritten = true
          for (const other of without.splice(0)) other.missed()
        },
        (error: unknown) => {
          if (isWritten) replica.missed()
          else without.push(replica)
          throw error
        },
      )
    await gather(this.replicas, this.toWrite, watched, {
      all: true,
      failure: (errors) => this.failure('write', this.toWrite, errors),
    })
  }

  failure(operation: string, needed: number, errors: readonly unknown[]): CacheError {
    const missing = `${errors.length} of ${this.replicas.length} replicas failed, and ${needed} are needed: `
    const first = errors[0] ?? new CacheError('UNAVAILABLE', 'none could be asked')
    const outcome = operation === 'read' ? 'none' : 'unknown'
    return restated(toCacheError(first, { operation, source: 'replicated' }), { outcome }, missing)
  }

  /** Whoever can be asked. In a split each side sees its own. */
  async #readAny(keys: readonly string[], call: Call): Promise<Answers<V>> {
    const now = this.#clock.now()
    const there = this.replicas.filter((replica) => !replica.isShunned(now))
    const asked = there.length === 0 ? this.replicas : there
    const shared = this.#share(call)()
    const results = await Promise.allSettled(asked.map((replica) => replica.read(keys, shared)))
    const answers = new Map<Replica<V>, readonly (Found<V> | undefined)[]>()
    const errors: unknown[] = []
    for (const [index, result] of results.entries()) {
      const replica = asked[index]
      if (result.status === 'rejected') errors.push(result.reason)
      else if (replica !== undefined) answers.set(replica, result.value)
    }
    if (answers.size === 0) throw this.failure('read', 1, errors)
    return answers
  }

  /** Of what is left of the time each attempt gets a half, so that something is left for the next. */
  #share(call: Call): () => Call {
    return () => {
      if (call.deadline === Number.POSITIVE_INFINITY) return call
      const now = this.#clock.now()
      return { ...call, deadline: now + (call.deadline - now) / 2 }
    }
  }
}

function compared(a: number, b: number): number {
  return a === b ? 0 : a - b
}
