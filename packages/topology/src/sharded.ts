import { type Store, shell } from '@cachette/core'
import { checkSharded, checkShards, DEFAULTS, type ShardedOptions, type ShardOptions } from './sharded/options.js'
import { Placement } from './sharded/placement.js'
import type { RebalanceOptions, RebalanceReport } from './sharded/rebalance.js'
import { Rendezvous } from './sharded/rendezvous.js'
import { Shards } from './sharded/store.js'
import { traitsOfAll } from './traits.js'

/** Stores that have keys of their own, as one. */
export interface ShardedStore<V> extends Store<V> {
  /** Their names. */
  readonly shards: readonly string[]
  /** From now on these. Keys that belong elsewhere now are moved when they are wanted, or by `rebalance`. */
  reshard(shards: readonly ShardOptions<V>[]): void
  /** Moves what is left, page by page; calls are served meanwhile. */
  rebalance(options?: RebalanceOptions): Promise<RebalanceReport>
}

/** Each key in one of several stores, by rendezvous hashing of its name. */
export function sharded<V>(options: ShardedOptions<V>): ShardedStore<V> {
  checkSharded(options)
  const { shards, clock } = options
  checkShards(shards)
  const traits = traitsOfAll(shards.map(({ store }) => store))
  const first = new Rendezvous(
    shards.map(({ name, store, weight = DEFAULTS.weight }) => ({ name, weight, store: shell(store, { clock }) })),
  )
  return new Shards(new Placement(first), traits, clock ?? DEFAULTS.clock, clock)
}
