import {
  type Awaitable,
  andThen,
  CacheError,
  type Call,
  type Change,
  type Clock,
  type Found,
  newCall,
  type Page,
  type Store,
  type Traits,
} from '@cachette/core'
import { Lanes, mapped, promised } from '@cachette/core/adapter'
import { difference, traitsOfAll } from '../traits.js'
import { carry } from './carry.js'
import { checkShards, type ShardOptions } from './options.js'
import type { Placement } from './placement.js'
import { type RebalanceOptions, type RebalanceReport, rebalance } from './rebalance.js'
import { spread } from './spread.js'

export class Shards<V> implements Store<V> {
  readonly name = 'sharded'
  readonly contract = 1
  readonly traits: Traits
  readonly #clock: Clock
  readonly #clockGiven: Clock | undefined
  /** While keys are being moved, whoever wants one waits until it is where it belongs. */
  readonly #lanes = new Lanes()
  #placement: Placement<V>
  #rebalancing: Promise<RebalanceReport> | undefined

  constructor(placement: Placement<V>, traits: Traits, clock: Clock, clockGiven: Clock | undefined) {
    this.#placement = placement
    this.traits = traits
    this.#clock = clock
    this.#clockGiven = clockGiven
  }

  get shards(): readonly string[] {
    return this.#placement.shards.map(({ name }) => name)
  }

  read(keys: readonly string[], call: Call): Awaitable<readonly (Found<V> | undefined)[]> {
    return this.#settled(keys, call, (placement) =>
      spread(
        keys,
        (key) => key,
        (key) => placement.ownerOf(key),
        ({ store }, own) => store.read(own, call),
      ),
    )
  }

  write(changes: readonly Change<V>[], call: Call): Awaitable<readonly boolean[]> {
    return this.#settled(
      changes.map(({ key }) => key),
      call,
      (placement) =>
        spread(
          changes,
          ({ key }) => key,
          (key) => placement.ownerOf(key),
          ({ store }, own) => store.write(own, call),
        ),
    )
  }

  async *scan(prefix: string, call: Call): AsyncIterable<Page<V>> {
    const placement = this.#placement
    const seen = new Set<string>()
    // A key that moves meanwhile goes from where it was to where it belongs: seen first here, or else found there.
    if (placement.isMoving) {
      for (const shard of placement.all) {
        for await (const page of shard.store.scan(prefix, { ...call, want: 'header' })) {
          this.#checkUnchanged(placement)
          const keys = page.map(([key]) => key).filter((key) => !seen.has(key))
          const own = keys.filter((key) => placement.sourcesOf(key).includes(shard))
          for (const key of own) seen.add(key)
          const found = await this.#whereTheyBelong(own, call)
          if (found.length > 0) yield found
        }
      }
    }
    for (const shard of placement.shards) {
      for await (const page of shard.store.scan(prefix, call)) {
        this.#checkUnchanged(placement)
        const own = page.filter(([key]) => placement.ownerOf(key) === shard && !seen.has(key))
        if (own.length > 0) yield own
      }
    }
    this.#checkUnchanged(placement)
  }

  clear(prefix: string, call: Call): Awaitable<void> {
    const { all, isMoving } = this.#placement
    const clear = (): Awaitable<void> =>
      andThen(
        mapped(all, ({ store }) => store.clear(prefix, call)),
        () => undefined,
      )
    return isMoving ? this.#lanes.run({ keys: [], prefix, writes: true }, call.id, clear) : clear()
  }

  /** All of them, also where one fails; then with the first failure. */
  async close(): Promise<void> {
    const closing = this.#placement.all.map(({ store }) => promised(() => store.close()))
    await Promise.allSettled(closing)
    await Promise.all(closing)
  }

  reshard(shards: readonly ShardOptions<V>[]): void {
    checkShards(shards)
    // What was promised of all of them must hold of the new ones.
    const traits = traitsOfAll([...this.#placement.all, ...shards].map(({ store }) => store))
    const other = difference(this.traits, traits)
    if (other !== undefined) {
      const what = `${other}: ${traits[other]}`
      throw new CacheError('INVALID_OPTION', `sharded: expected shards that keep what the others promise, got ${what}`)
    }
    this.#placement = this.#placement.with(shards, this.#clockGiven)
  }

  rebalance(options: RebalanceOptions = {}): Promise<RebalanceReport> {
    this.#rebalancing ??= this.#rebalance(options).finally(() => {
      this.#rebalancing = undefined
    })
    return this.#rebalancing
  }

  async #rebalance(options: RebalanceOptions): Promise<RebalanceReport> {
    const placement = this.#placement
    const move = (keys: readonly string[], call: Call): Awaitable<number> =>
      this.#lanes.run({ keys, writes: true }, call.id, () => carry(placement, keys, call))
    const report = await rebalance(placement, move, this.#clock, options)
    // Other shards may have come meanwhile; then there is more to move.
    if (this.#placement !== placement) return { ...report, done: false }
    this.#placement = placement.settled()
    // Calls that began before may still look there.
    await this.#lanes.drained()
    const emptied = placement.all.filter(({ store }) => !placement.shards.some((shard) => shard.store === store))
    return { ...report, emptied: emptied.map(({ name }) => name) }
  }

  /** A move that failed in between leaves a key in two places, and it is not here that the newer of them is. */
  async #whereTheyBelong(keys: readonly string[], call: Call): Promise<Page<V>> {
    if (keys.length === 0) return []
    const now = this.#clock.now()
    const found = await this.read(keys, { ...call, now, deadline: now + call.deadline - call.now })
    return keys.flatMap((key, index): Page<V> => {
      const one = found[index]
      return one === undefined ? [] : [[key, one]]
    })
  }

  /** Keys that move elsewhere meanwhile would be seen twice or never. */
  #checkUnchanged(placement: Placement<V>): void {
    if (this.#placement.shards === placement.shards) return
    const facts = { operation: 'scan', source: this.name, retry: 'yes', outcome: 'none' } as const
    throw new CacheError('UNAVAILABLE', 'the shards changed during the scan: begin it again', facts)
  }

  /** With every key where it belongs. */
  #settled<T>(keys: readonly string[], call: Call, work: (placement: Placement<V>) => Awaitable<T>): Awaitable<T> {
    const placement = this.#placement
    if (!placement.isMoving) return work(placement)
    const moving = keys.filter((key) => placement.sourcesOf(key).length > 0)
    if (moving.length === 0) return work(placement)
    const { deadline } = call
    const own = newCall(this.#clock.now(), { deadline })
    return this.#lanes.run({ keys: moving, writes: true }, call.id, () =>
      andThen(carry(placement, moving, own), () => work(placement)),
    )
  }
}
