import {
  type Awaitable,
  andThen,
  CacheError,
  type Call,
  type Change,
  type Found,
  isPromise,
  type Page,
  type Store,
  type Traits,
  toCacheError,
  visible,
} from '@cachette/core'
import { inOrder, recover } from '@cachette/core/adapter'
import { Coherence } from './coherence.js'
import type { TieredStats } from './counts.js'
import { Descent, unloaded } from './descent.js'
import type { Member } from './fleet.js'
import type { Near } from './near.js'
import type { Tell } from './notices.js'
import type { Settings } from './options.js'
import { isOutage, Passage } from './passage.js'
import { Recovery } from './recovery.js'
import { Refills } from './refills.js'
import type { Tier } from './tier.js'

/** How long closing waits for what is to reach the tier of record. */
const CLOSE_MS = 2_000

export class Tiers<V> implements Store<V> {
  readonly name = 'tiered'
  readonly contract = 1
  readonly traits: Traits
  readonly #near: readonly Near<V>[]
  readonly #record: Tier<V>
  readonly #refills = new Refills()
  readonly #descent: Descent<V>
  readonly #recovery: Recovery<V>
  readonly #passage: Passage<V>
  readonly #coherence: Coherence<V>
  readonly #settings: Settings<V>

  constructor(
    near: readonly Near<V>[],
    record: Tier<V>,
    traits: Traits,
    settings: Settings<V>,
    boundMs: number,
    tell: Tell,
  ) {
    const { clock, maxPending } = settings
    this.traits = traits
    this.#near = near
    this.#record = record
    this.#settings = settings
    this.#descent = new Descent(near, record, this.#refills, clock, tell)
    this.#coherence = new Coherence({
      near,
      refills: this.#refills,
      settings,
      boundMs,
      tell,
      stats: () => this.stats(),
    })
    this.#recovery = new Recovery({
      record,
      maxPending,
      clock,
      tell,
      outdated: (keys) => this.#dropAll(keys),
      landed: (changes) => this.#coherence.changed(changes),
    })
    this.#passage = new Passage({
      near,
      record,
      isolated: traits.isolated,
      recovery: this.#recovery,
      coherence: this.#coherence,
      refills: this.#refills,
      settings,
      tell,
    })
  }

  read(keys: readonly string[], call: Call): Awaitable<readonly (Found<V> | undefined)[]> {
    if (this.#recovery.size > 0) return this.#readAround(keys, call)
    return this.#read(keys, call)
  }

  readOne(key: string, call: Call): Awaitable<Found<V> | undefined> {
    const [nearest] = this.#near
    const isOrdinary = call.show === 'live' || call.show === undefined
    if (nearest === undefined || !isOrdinary || this.#recovery.size > 0 || !this.#coherence.trusted) {
      return andThen(this.read([key], call), ([found]) => found)
    }
    if (nearest.tier.traits.sync !== 'none') {
      const found = nearest.readOne(key, unloaded(call))
      if (found !== undefined && !isPromise(found)) {
        this.#descent.counts[0]?.read(1, 1)
        return found
      }
    }
    return andThen(this.#read([key], call), ([found]) => found)
  }

  write(changes: readonly Change<V>[], call: Call): Awaitable<readonly boolean[]> {
    this.#refills.outdate(changes.map(({ key }) => key))
    return this.#passage.write(changes, call)
  }

  scan(prefix: string, call: Call): AsyncIterable<Page<V>> {
    return this.#scan(prefix, call)
  }

  clear(prefix: string, call: Call): Awaitable<void> {
    const { step } = this.#recovery
    return step === undefined ? this.#clear(prefix, call) : settled(step, () => this.#clear(prefix, call))
  }

  async close(): Promise<void> {
    await this.#coherence.close()
    const { clock } = this.#settings
    const waiting = this.#recovery.size
    if (waiting > 0) await Promise.race([this.#recovery.flush().catch(() => undefined), pause(clock, CLOSE_MS)])
    const lost = this.#recovery.close()
    await Promise.allSettled([...this.#near.map(({ tier }) => tier.close()), this.#record.close()])
    if (lost === 0) return
    throw new CacheError('UNAVAILABLE', `closed while ${lost} writes waited for ${this.#record.name}`, {
      operation: 'close',
      source: this.name,
      outcome: 'unknown',
      details: { lost },
    })
  }

  stats(): TieredStats {
    return {
      tiers: this.#descent.counts.map((counts) => counts.snapshot()),
      pending: this.#recovery.size,
      coherence: this.#coherence.stats(),
    }
  }

  fleet(): readonly Member[] {
    return this.#coherence.fleet()
  }

  flush(): Promise<void> {
    return this.#recovery.flush()
  }

  #read(keys: readonly string[], call: Call): Awaitable<readonly (Found<V> | undefined)[]> {
    // What is no ordinary value stands in the tier of record alone.
    const isOrdinary = call.show === 'live' || call.show === undefined
    return recover(
      () => this.#descent.read(keys, call, isOrdinary && this.#coherence.trusted),
      (error) => {
        if (!isOrdinary || !isOutage(error)) throw error
        return this.#descent.readOld(keys, call, toCacheError(error))
      },
    )
  }

  /** What waits for the tier of record is newer than what any tier has. */
  #readAround(keys: readonly string[], call: Call): Awaitable<readonly (Found<V> | undefined)[]> {
    const others = keys.filter((key) => this.#recovery.get(key) === undefined)
    const found = others.length === 0 ? [] : this.#read(others, call)
    return andThen(found, (known) => {
      let next = 0
      return keys.map((key) => {
        const waiting = this.#recovery.get(key)
        if (waiting === undefined) return known[next++]
        const { entry } = waiting
        return entry !== undefined && visible(entry, call.now) ? { ...entry, from: this.name } : undefined
      })
    })
  }

  async *#scan(prefix: string, call: Call): AsyncIterable<Page<V>> {
    // The tier of record is what is listed: it must have everything first.
    if (this.#recovery.size > 0) await this.#recovery.flush()
    yield* this.#record.scan(prefix, call)
  }

  #clear(prefix: string, call: Call): Awaitable<void> {
    this.#refills.outdateAll(prefix)
    const nearer = (): Awaitable<void> => {
      this.#refills.outdateAll(prefix)
      this.#coherence.cleared(prefix, this.#record.versions.next())
      return inOrder(this.#near, (near) => near.clear(prefix))
    }
    return andThen(
      recover<void, never>(
        () => this.#record.clear(prefix, call),
        // It may have happened: copies of what is gone are not to be served, here or elsewhere.
        (error) => {
          const cleared = nearer()
          if (isPromise(cleared)) cleared.catch(() => undefined)
          throw error
        },
      ),
      () => {
        this.#recovery.forgetAll(prefix)
        return nearer()
      },
    )
  }

  #dropAll(keys: readonly string[]): void {
    this.#refills.outdate(keys)
    for (const near of this.#near) {
      const dropped = near.drop(keys)
      if (isPromise(dropped)) dropped.catch(() => undefined)
    }
  }
}

function settled<T>(step: Promise<void>, then: () => Awaitable<T>): Promise<T> {
  return step.then(then, then)
}

function pause(clock: Settings<never>['clock'], ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(ms, resolve, { background: true })
  })
}
