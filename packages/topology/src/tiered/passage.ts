import {
  type Awaitable,
  andThen,
  type CacheError,
  type Call,
  type Change,
  isCacheError,
  type KeyOutcome,
  toCacheError,
} from '@cachette/core'
import { inOrder, mapped, promised, recover, restated } from '@cachette/core/adapter'
import { ownCopy } from '../own-copy.js'
import type { Coherence } from './coherence.js'
import { unloaded } from './descent.js'
import type { Near } from './near.js'
import type { Tell } from './notices.js'
import type { Settings } from './options.js'
import type { Recovery } from './recovery.js'
import type { Refills } from './refills.js'
import type { Prepared, Tier } from './tier.js'

/** What the tier of record may take of a write's time where the nearer ones are to take it in its place. */
const SHARE_OF_RECORD = 0.8

export interface PassageOptions<V> {
  readonly near: readonly Near<V>[]
  readonly record: Tier<V>
  /** Whoever puts something in may change it afterwards: it is copied first. */
  readonly isolated: boolean
  readonly recovery: Recovery<V>
  readonly coherence: Coherence<V>
  readonly refills: Refills
  readonly settings: Settings<V>
  readonly tell: Tell
}

/** A batch as every tier will store it, made before any of them does. */
interface Batch<V> {
  readonly changes: readonly Change<V>[]
  readonly keys: readonly string[]
  readonly record: Prepared
  readonly near: readonly Prepared[]
}

/** Writes on their way: first to the tier of record, which judges conditions, then upwards. */
export class Passage<V> {
  readonly #options: PassageOptions<V>

  constructor(options: PassageOptions<V>) {
    this.#options = options
  }

  write(given: readonly Change<V>[], call: Call): Awaitable<readonly boolean[]> {
    const { near, record, recovery, isolated } = this.#options
    const changes = isolated ? given.map(ownCopy) : given
    const keys = changes.map(({ key }) => key)
    const prepared = andThen(record.prepare(changes), (own) =>
      andThen(
        mapped(near, (tier) => tier.prepare(changes, call.now)),
        (copies): Batch<V> => ({ changes, keys, record: own, near: copies }),
      ),
    )
    return andThen(prepared, (batch) => {
      const { outage } = recovery
      const isPlain = changes.every(({ when }) => when === undefined)
      if (outage !== undefined && isPlain) return this.#withoutRecord(batch, outage, call)
      const asks = !isPlain && keys.some((key) => recovery.get(key) !== undefined)
      // A condition is judged over everything that was written before it.
      return asks ? recovery.flush().then(() => this.#toRecord(batch, call)) : this.#toRecord(batch, call)
    })
  }

  #toRecord(batch: Batch<V>, call: Call): Awaitable<readonly boolean[]> {
    const { record, recovery, coherence, settings } = this.#options
    const { changes, keys } = batch
    return recover<readonly boolean[], readonly boolean[]>(
      () =>
        andThen(batch.record.write(this.#shared(call)), (answers) => {
          recovery.forget(keys)
          const stands = indexes(changes, (change, index) => change.when === undefined || answers[index] === true)
          return andThen(this.#toNear(batch, call, stands), () => {
            coherence.changed(stands.flatMap((index) => changes[index] ?? []))
            return answers
          })
        }),
      (error) => {
        const failure = toCacheError(error, { source: record.name, operation: 'write', outcome: 'unknown' })
        // It may have happened, all of it or a part: what others have may be older.
        if (failure.outcome === 'unknown' || failure.outcomes !== undefined) coherence.changed(changes)
        if (settings.outage === 'queue' && isOutage(failure) && call.signal?.aborted !== true) {
          return this.#withoutRecord(batch, failure, call)
        }
        // Whatever of it happened, no copy may be older.
        return andThen(
          inOrder(this.#options.near, (tier) => tier.drop(keys)),
          () => {
            throw failure
          },
        )
      },
    )
  }

  /** What depends on no condition waits; of all else the caller hears. */
  #withoutRecord(batch: Batch<V>, failure: CacheError, call: Call): Promise<readonly boolean[]> {
    const { recovery, tell } = this.#options
    const { changes } = batch
    const done = new Map(failure.outcomes?.map((outcome) => [outcome.key, outcome]))
    const waiting: string[] = []
    const failed: string[] = []
    const stands = indexes(changes, (change) => {
      const outcome = done.get(change.key)
      if (outcome !== undefined && 'value' in outcome) {
        recovery.forget([change.key])
        return change.when === undefined || outcome.value === true
      }
      if (change.when !== undefined || !recovery.add(change, failure)) {
        failed.push(change.key)
        return false
      }
      waiting.push(change.key)
      return true
    })
    return promised(async () => {
      const there = await mapped(changes, ({ key }) => this.#isThere(key, call))
      await this.#toNear(batch, call, stands)
      if (waiting.length > 0) tell({ type: 'pending', keys: waiting, error: failure })
      const answers = changes.map(({ key, entry }, index) => {
        const outcome = done.get(key)
        if (outcome !== undefined && 'value' in outcome) return outcome.value === true
        return entry !== undefined || there[index] === true
      })
      if (failed.length === 0) return answers
      await inOrder(this.#options.near, (tier) => tier.drop(failed))
      const lost = new Set(failed)
      const outcomes = changes.map(
        ({ key }, index): KeyOutcome => (lost.has(key) ? { key, error: failure } : { key, value: answers[index] }),
      )
      throw restated(failure, { outcome: failure.outcome, outcomes })
    })
  }

  #toNear(batch: Batch<V>, call: Call, stands: readonly number[]): Awaitable<void> {
    const { changes, near } = batch
    const keys = stands.flatMap((index) => changes[index]?.key ?? [])
    const chosen = stands.length === changes.length ? undefined : stands
    // The tier of record may have taken longer than the call had: then others have read since.
    this.#options.refills.outdate(keys)
    return inOrder(this.#options.near, (tier, index) => {
      const prepared = near[index]
      return prepared === undefined ? undefined : tier.settle(prepared, keys, unloaded(call), chosen)
    })
  }

  async #isThere(key: string, call: Call): Promise<boolean> {
    for (const near of this.#options.near) {
      const [found] = await near.readOld([key], unloaded(call)).catch(() => [])
      if (found !== undefined) return true
    }
    return false
  }

  #shared(call: Call): Call {
    const { settings } = this.#options
    if (settings.outage === 'reject' || call.deadline === Infinity) return call
    const now = settings.clock.now()
    return { ...call, deadline: now + (call.deadline - now) * SHARE_OF_RECORD }
  }
}

/** The tier of record is gone, as far as one can tell; all other failures are told as they are. */
export function isOutage(error: unknown): error is CacheError {
  return isCacheError(error) && (error.code === 'UNAVAILABLE' || error.code === 'TIMEOUT')
}

function indexes<T>(items: readonly T[], fits: (item: T, index: number) => boolean): readonly number[] {
  return items.flatMap((item, index) => (fits(item, index) ? [index] : []))
}
