import { type Clock, type Shell, shell } from '@cachette/core'
import { DEFAULTS, type ShardOptions } from './options.js'
import { type Bucket, Rendezvous } from './rendezvous.js'

export interface Shard<V> extends Bucket {
  readonly store: Shell<V>
}

/** Where keys belong; and where they may still be, since they belonged there before. */
export class Placement<V> {
  readonly #now: Rendezvous<Shard<V>>
  readonly #before: readonly Rendezvous<Shard<V>>[]

  constructor(now: Rendezvous<Shard<V>>, before: readonly Rendezvous<Shard<V>>[] = []) {
    this.#now = now
    this.#before = before
  }

  get shards(): readonly Shard<V>[] {
    return this.#now.buckets
  }

  /** Those too from which keys are still to be fetched. */
  get all(): readonly Shard<V>[] {
    return [...new Set([this.#now, ...this.#before].flatMap(({ buckets }) => buckets))]
  }

  get isMoving(): boolean {
    return this.#before.length > 0
  }

  ownerOf(key: string): Shard<V> {
    const owner = this.#now.ownerOf(key)
    if (owner === undefined) throw new Error('there is no shard')
    return owner
  }

  /** Where else the key may be. */
  sourcesOf(key: string): readonly Shard<V>[] {
    const owner = this.ownerOf(key)
    const sources = new Set(this.#before.flatMap((places) => places.ownerOf(key) ?? []))
    sources.delete(owner)
    return [...sources]
  }

  /** The same places with other shards, until all keys are where they belong. */
  with(options: readonly ShardOptions<V>[], clock: Clock | undefined): Placement<V> {
    const known = new Map(this.all.map((shard) => [shard.store, shard]))
    const shards = options.map(({ name, store, weight = DEFAULTS.weight }): Shard<V> => {
      const own = shell(store, { clock })
      const same = known.get(own)
      return same?.name === name && same.weight === weight ? same : { name, weight, store: own }
    })
    return new Placement(new Rendezvous(shards), [this.#now, ...this.#before])
  }

  /** All keys are where they belong. */
  settled(): Placement<V> {
    return new Placement(this.#now)
  }
}
