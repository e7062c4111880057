import {
  type Awaitable,
  andThen,
  type Call,
  type Change,
  type Clock,
  type Entry,
  type Found,
  isPromise,
  newCall,
  toCacheError,
  visible,
} from '@cachette/core'
import { recover } from '@cachette/core/adapter'
import { Copies } from './copies.js'
import type { Tell } from './notices.js'
import type { Prepared, Tier } from './tier.js'

export interface NearSettings {
  readonly ttlMs: number
  readonly graceMs: number
  readonly maxValueBytes: number
}

/** So many keys that could not be brought up to date, and the tier as a whole is not believed any more. */
const MAX_DISTRUSTED = 1_000

/** What a tier may take at least, however late the tier of record was. */
const LEAST_MS = 20

/** How long what no caller waits for may take. */
const OWN_DEADLINE_MS = 1_000

/** A tier of copies. Losing one costs nothing, so whatever is in doubt is dropped. */
export class Near<V> {
  readonly tier: Tier<V>
  readonly #copies: Copies<V>
  readonly #maxValueBytes: number
  readonly #clock: Clock
  readonly #tell: Tell
  /** Keys of which it may hold something old, since it failed when it was to forget them. */
  readonly #distrusted = new Set<string>()
  /** It failed when it was to forget more than that: it is not believed before it has been emptied. */
  #isDistrusted = false

  constructor(tier: Tier<V>, settings: NearSettings, clock: Clock, tell: Tell) {
    this.tier = tier
    this.#copies = new Copies(tier.name, settings.ttlMs, settings.graceMs)
    this.#maxValueBytes = Math.min(settings.maxValueBytes, tier.traits.maxValueBytes)
    this.#clock = clock
    this.#tell = tell
  }

  /** One that is not distrusted, as it was before it became a copy. */
  readOne(key: string, call: Call): Awaitable<Found<V> | undefined> {
    if (this.#doubts(key)) return undefined
    const found = this.tier.readOne(key, call)
    return isPromise(found) ? found.then((entry) => this.#original(entry)) : this.#original(found)
  }

  read(keys: readonly string[], call: Call): Awaitable<readonly (Found<V> | undefined)[]> {
    // It may be hanging over the very removal of them.
    if (keys.every((key) => this.#doubts(key))) return keys.map(() => undefined)
    return andThen(this.tier.read(keys, call), (found) =>
      found.map((entry, index) => (this.#doubts(keys[index] ?? '') ? undefined : this.#original(entry))),
    )
  }

  /** Copies whose time here is over too: for when the tiers below cannot be reached. */
  async readOld(keys: readonly string[], call: Call): Promise<readonly (Found<V> | undefined)[]> {
    const found = await this.read(keys, { ...call, show: 'kept' })
    return found.map((entry) => (entry !== undefined && visible(entry, call.now) ? entry : undefined))
  }

  /** What a batch leaves here: copies of values that fit, and nothing of all else. */
  prepare(changes: readonly Change<V>[], now: number): Awaitable<Prepared> {
    return this.tier.prepare(
      changes.map((change) => {
        const { entry } = change
        const isKept = entry !== undefined && visible(entry, now) && entry.size <= this.#maxValueBytes
        return { ...change, entry: isKept ? this.#copies.of(entry, now) : undefined, when: undefined }
      }),
    )
  }

  /**
   * Writes what was prepared. A tier that fails must not keep what is old now: it is not believed before that is gone,
   * and nobody waits for that.
   */
  settle(prepared: Prepared, keys: readonly string[], call: Call, chosen?: readonly number[]): Awaitable<void> {
    return andThen(
      recover<readonly boolean[], undefined>(
        () => prepared.write(this.#share(call), chosen),
        (error) => {
          this.#failed('write', error)
          return undefined
        },
      ),
      (done) => {
        if (done === undefined) {
          this.#distrust(keys)
          const dropped = this.drop(keys)
          if (isPromise(dropped)) dropped.catch(() => undefined)
          return
        }
        for (const key of keys) this.#distrusted.delete(key)
      },
    )
  }

  /** Copies of what was found below, unless something has come since. Fails with nothing. */
  refill(
    found: readonly (readonly [key: string, entry: Entry<V>])[],
    isLate: () => boolean,
    call: Call,
  ): Awaitable<void> {
    if (this.#isDistrusted) return this.clear('')
    const { conditional } = this.tier.traits
    const changes = found.flatMap(([key, entry]): Change<V>[] =>
      this.#distrusted.has(key)
        ? []
        : [{ key, entry, version: entry.version, when: conditional === 'none' ? undefined : 'vacant' }],
    )
    if (changes.length === 0) return
    return andThen(
      recover<unknown, undefined>(
        () =>
          andThen(this.#copiesOf(changes, call.now), (prepared) =>
            isLate() ? undefined : prepared.write(this.#own()),
          ),
        (error) => this.#failed('write', error),
      ),
      () => undefined,
    )
  }

  /** Forgets the keys, or distrusts them where it cannot. */
  drop(keys: readonly string[]): Awaitable<void> {
    if (keys.length === 0) return
    const version = this.tier.versions.next()
    return andThen(
      recover<boolean, boolean>(
        () =>
          andThen(this.tier.prepare(keys.map((key) => ({ key, entry: undefined, version }))), (prepared) =>
            andThen(prepared.write(this.#own()), () => true),
          ),
        (error) => {
          this.#failed('write', error)
          return false
        },
      ),
      (isDone) => {
        if (isDone) for (const key of keys) this.#distrusted.delete(key)
        else this.#distrust(keys)
      },
    )
  }

  /** Forgets what begins with the prefix; everything, where it can do no less. */
  clear(prefix: string): Awaitable<void> {
    return recover<void, void>(
      () =>
        andThen(this.tier.clear(prefix, this.#own()), () => {
          if (prefix !== '') return
          this.#isDistrusted = false
          this.#distrusted.clear()
        }),
      (error) => (prefix === '' ? this.#doubtAll(error) : this.clear('')),
    )
  }

  #copiesOf(changes: readonly Change<V>[], now: number): Awaitable<Prepared> {
    const fitting = changes.flatMap((change) =>
      change.entry !== undefined && change.entry.size <= this.#maxValueBytes
        ? [{ ...change, entry: this.#copies.of(change.entry, now) }]
        : [],
    )
    return this.tier.prepare(fitting)
  }

  #original(found: Found<V> | undefined): Found<V> | undefined {
    return found === undefined ? undefined : this.#copies.original(found)
  }

  #doubts(key: string): boolean {
    return this.#isDistrusted || (this.#distrusted.size > 0 && this.#distrusted.has(key))
  }

  #distrust(keys: readonly string[]): void {
    for (const key of keys) this.#distrusted.add(key)
    if (this.#distrusted.size > MAX_DISTRUSTED) this.#isDistrusted = true
  }

  #doubtAll(error: unknown): void {
    this.#isDistrusted = true
    this.#failed('clear', error)
  }

  /** Half of what the call has left: whoever waits for the write is to hear of it even if this tier hangs. */
  #share(call: Call): Call {
    const now = this.#clock.now()
    const leftMs = Number.isFinite(call.deadline) ? (call.deadline - now) / 2 : OWN_DEADLINE_MS
    return { ...call, signal: undefined, deadline: now + Math.max(leftMs, LEAST_MS) }
  }

  #own(): Call {
    const now = this.#clock.now()
    return newCall(now, { deadline: now + OWN_DEADLINE_MS })
  }

  #failed(operation: string, error: unknown): undefined {
    this.#tell({ type: 'failure', source: this.tier.name, operation, error: toCacheError(error) })
  }
}
