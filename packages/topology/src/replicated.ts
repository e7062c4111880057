import { type Store, shell } from '@cachette/core'
import { parse, type ReplicatedOptions } from './replicated/options.js'
import { Quorum } from './replicated/quorum.js'
import { Replica, type ReplicaHealth } from './replicated/replica.js'
import { type RepairOptions, Replicas } from './replicated/store.js'
import { traitsOfAll } from './traits.js'

/** Stores that hold the same, as one. */
export interface ReplicatedStore<V> extends Store<V> {
  /** How each replica has been doing. */
  health(): readonly ReplicaHealth[]
  /** Brings every key up to date in every replica; all of them must be there. Gives how many entries it wrote. */
  repair(options?: RepairOptions): Promise<number>
}

/** The same in several stores: the newest wins, and what was removed does not come back. */
export function replicated<V>(options: ReplicatedOptions<V>): ReplicatedStore<V> {
  const settings = parse(options)
  const { replicas, write, tombstoneMs, clock } = settings
  const stores = replicas.map(
    ({ name, store }) => new Replica(name, shell(store, { clock: options.clock }), clock, tombstoneMs),
  )
  const traits = traitsOfAll(replicas.map(({ store }) => store))
  return new Replicas(
    new Quorum(stores, write, clock),
    // Conditions are judged here, over what more than one of them says: other processes judge for themselves.
    { ...traits, conditional: 'process', sync: 'none' },
    settings,
  )
}
