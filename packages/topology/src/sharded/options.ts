import { CacheError, type Clock, checkOptions, RULES, type Rules, type Store, systemClock } from '@cachette/core'

export interface ShardOptions<V> {
  /** Decides, with the weight, which keys are its own: the same in every process, and at every start. */
  readonly name: string
  readonly store: Store<V>
  /** Its share, beside those of the others. Default 1. */
  readonly weight?: number | undefined
}

export interface ShardedOptions<V> {
  readonly shards: readonly ShardOptions<V>[]
  readonly clock?: Clock | undefined
}

export const DEFAULTS = { weight: 1, clock: systemClock } as const

const RULES_OF_SHARDED: Rules<ShardedOptions<unknown>> = { shards: RULES.list, clock: RULES.clock }

const RULES_OF_SHARDS: Rules<ShardOptions<unknown>> = {
  name: RULES.text,
  store: RULES.object,
  weight: {
    expected: 'a positive number',
    accepts: (value) => typeof value === 'number' && value > 0 && value < Number.POSITIVE_INFINITY,
  },
}

export function checkSharded<V>(options: ShardedOptions<V>): void {
  checkOptions('sharded', options, RULES_OF_SHARDED, ['shards'])
}

export function checkShards<V>(shards: readonly ShardOptions<V>[]): void {
  checkOptions('sharded', { shards }, { shards: RULES.list }, ['shards'])
  if (shards.length === 0) throw wrong('expected at least one shard, got none')
  for (const [index, shard] of shards.entries()) {
    checkOptions(`sharded, shards[${index}]`, shard, RULES_OF_SHARDS, ['name', 'store'])
    if (shard.store.traits === undefined)
      throw wrong(`shards[${index}]: expected a store, got something without traits`)
  }
  const names = shards.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw wrong(`expected every shard to have a name of its own, got "${twice}" twice`)
  const again = shards.find(({ store }, index) => shards.findIndex((other) => other.store === store) !== index)
  if (again !== undefined)
    throw wrong(`expected every shard to have a store of its own, got that of "${again.name}" twice`)
}

function wrong(message: string): CacheError {
  return new CacheError('INVALID_OPTION', `sharded: ${message}`)
}
