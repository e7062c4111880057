import {
  type Awaitable,
  andThen,
  type CacheError,
  type Call,
  type Clock,
  type Entry,
  type Found,
  isPromise,
  type KeyOutcome,
  toCacheError,
} from '@cachette/core'
import { promised, recover, restated } from '@cachette/core/adapter'
import { Counts } from './counts.js'
import type { Near } from './near.js'
import type { Tell } from './notices.js'
import type { Refills } from './refills.js'
import type { Tier } from './tier.js'

type Answers<V> = readonly (Found<V> | undefined)[]

/** Reads from the nearest tier down, each asked only for what those above it lack, and fills back what comes up. */
export class Descent<V> {
  readonly counts: readonly Counts[]
  readonly #near: readonly Near<V>[]
  readonly #record: Tier<V>
  readonly #refills: Refills
  readonly #clock: Clock
  readonly #tell: Tell

  constructor(near: readonly Near<V>[], record: Tier<V>, refills: Refills, clock: Clock, tell: Tell) {
    this.#near = near
    this.#record = record
    this.#refills = refills
    this.#clock = clock
    this.#tell = tell
    this.counts = [...near.map(({ tier }) => tier), record].map(({ name }) => new Counts(name))
  }

  /** From this tier down. `trusted`: whether copies are to be believed, and made. */
  read(
    keys: readonly string[],
    call: Call,
    trusted: boolean,
    level = trusted ? 0 : this.#near.length,
  ): Awaitable<Answers<V>> {
    const near = this.#near[level]
    if (near === undefined) return this.#recorded(keys, call)
    return andThen(this.#above(near, keys, this.#share(call, level), level), (above) => {
      const missing = keys.filter((_, index) => above[index] === undefined)
      this.counts[level]?.read(keys.length, keys.length - missing.length)
      if (missing.length === 0) return above
      return this.#below(near, keys, above, missing, call, level)
    })
  }

  /** Copies whose time is over, where the tiers below are gone; and what those parts give that are not. */
  async readOld(keys: readonly string[], call: Call, error: CacheError): Promise<Answers<V>> {
    const known = new Map<string, Found<V> | undefined>()
    const answered = (error.outcomes ?? []).flatMap((outcome) => ('value' in outcome ? [outcome.key] : []))
    if (answered.length > 0) {
      const found = await promised(() => this.#recorded(answered, call)).catch(() => [])
      for (const [index, key] of answered.entries()) if (index in found) known.set(key, found[index])
    }
    for (const near of this.#near) {
      const missing = keys.filter((key) => !known.has(key))
      const old = await near.readOld(missing, call).catch(() => [])
      for (const [index, key] of missing.entries()) {
        const found = old[index]
        if (found !== undefined) known.set(key, found)
      }
    }
    if (keys.every((key) => known.has(key))) return keys.map((key) => known.get(key))
    const outcomes = keys.map((key): KeyOutcome => (known.has(key) ? { key, value: known.get(key) } : { key, error }))
    throw restated(error, { outcome: 'none', outcomes })
  }

  #above(near: Near<V>, keys: readonly string[], call: Call, level: number): Awaitable<Answers<V>> {
    return recover<Answers<V>, Answers<V>>(
      () => near.read(keys, call),
      (error) => {
        if (call.signal?.aborted === true) throw error
        const counts = this.counts[level]
        if (counts !== undefined) counts.failures += 1
        this.#tell({ type: 'failure', source: near.tier.name, operation: 'read', error: toCacheError(error) })
        return keys.map(() => undefined)
      },
    )
  }

  #below(
    near: Near<V>,
    keys: readonly string[],
    above: Answers<V>,
    missing: readonly string[],
    call: Call,
    level: number,
  ): Awaitable<Answers<V>> {
    const refill = this.#refills.begin(missing)
    const merged = (below: Answers<V>): Answers<V> => {
      if (call.want !== 'header') {
        const found = missing.flatMap((key, index) => {
          const entry = below[index]
          return isValue(entry) ? [[key, entry] as const] : []
        })
        const filled = near.refill(found, () => refill.isLate, call)
        if (isPromise(filled)) void filled.finally(() => this.#refills.end(refill))
        else this.#refills.end(refill)
      } else this.#refills.end(refill)
      let next = 0
      return above.map((entry) => entry ?? below[next++])
    }
    return recover<Answers<V>, never>(
      () => andThen(this.read(missing, call, true, level + 1), merged),
      (error) => {
        this.#refills.end(refill)
        const failure = toCacheError(error)
        if (failure.outcomes === undefined && missing.length === keys.length) throw failure
        throw restated(failure, { outcome: 'none', outcomes: outcomesOf(keys, above, failure) })
      },
    )
  }

  #recorded(keys: readonly string[], call: Call): Awaitable<Answers<V>> {
    const counts = this.counts.at(-1)
    const source = this.#record.name
    const counted = (found: Answers<V>): Answers<V> => {
      counts?.read(keys.length, found.filter((entry) => entry !== undefined).length)
      return found.map((entry) => entry && { ...entry, from: source })
    }
    const failed = (error: unknown): never => {
      if (counts !== undefined) counts.failures += 1
      throw error
    }
    return andThen(
      recover<Answers<V>, never>(() => this.#record.read(keys, call), failed),
      counted,
    )
  }

  /** A tier that takes its time leaves as much of the call's for each of those below it. */
  #share(call: Call, level: number): Call {
    const near = this.#near[level]
    if (near === undefined || near.tier.traits.sync !== 'none' || call.deadline === Infinity) return unloaded(call)
    const now = this.#clock.now()
    const deadline = now + (call.deadline - now) / (this.#near.length + 1 - level)
    return { ...call, load: undefined, deadline }
  }
}

/** A copy that is made or read voids no load: the tier of record watches over that. */
export function unloaded(call: Call): Call {
  return call.load === undefined ? call : { ...call, load: undefined }
}

function isValue<V>(found: Found<V> | undefined): found is Entry<V> {
  return found?.kind === 'value' && found.value !== undefined
}

function outcomesOf<V>(keys: readonly string[], above: Answers<V>, failure: CacheError): readonly KeyOutcome[] {
  const below = new Map(failure.outcomes?.map((outcome) => [outcome.key, outcome]))
  return keys.map((key, index) => {
    const value = above[index]
    if (value !== undefined) return { key, value }
    return below.get(key) ?? { key, error: failure }
  })
}
