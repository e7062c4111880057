import { CacheError, type Clock, checkOptions, oneOf, RULES, type Rules, type Store, systemClock } from '@cachette/core'

export interface ReplicaOptions<V> {
  /** What statistics and errors call it. */
  readonly name: string
  readonly store: Store<V>
}

/** How many replicas have a write when it resolves. */
export type WriteConcern = 'all' | 'quorum' | 'one'

export interface ReplicatedOptions<V> {
  readonly replicas: readonly ReplicaOptions<V>[]
  /**
   * `all`: reads ask one, and no write succeeds while one is gone. `quorum`: both ask more than half, and go on while
   * more than half are there. `one`: both go on while any is there, and in a split each side sees its own. Default
   * `quorum`.
   */
  readonly write?: WriteConcern | undefined
  /** How long a removal is remembered. A replica that was away for longer is emptied. Default 3,600,000. */
  readonly tombstoneMs?: number | undefined
  readonly clock?: Clock | undefined
}

export const DEFAULTS = { write: 'quorum', tombstoneMs: 3_600_000, clock: systemClock } as const

export interface Settings<V> {
  readonly replicas: readonly ReplicaOptions<V>[]
  readonly write: WriteConcern
  readonly tombstoneMs: number
  readonly clock: Clock
}

const ACCEPTED: Rules<ReplicatedOptions<unknown>> = {
  replicas: RULES.list,
  write: /* @__PURE__ */ oneOf('all', 'quorum', 'one'),
  tombstoneMs: RULES.positiveMs,
  clock: RULES.clock,
}

const OF_REPLICAS: Rules<ReplicaOptions<unknown>> = { name: RULES.text, store: RULES.object }

export function parse<V>(options: ReplicatedOptions<V>): Settings<V> {
  checkOptions('replicated', options, ACCEPTED, ['replicas'])
  const { replicas } = options
  if (replicas.length < 2) throw wrong(`expected two or more replicas, got ${replicas.length}`)
  for (const [index, replica] of replicas.entries()) {
    checkOptions(`replicated, replicas[${index}]`, replica, OF_REPLICAS, ['name', 'store'])
    const { traits } = replica.store
    if (traits === undefined) throw wrong(`replicas[${index}]: expected a store, got something without traits`)
    if (traits.conditional === 'none') {
      throw wrong(`${replica.name} cannot judge conditions, and so cannot tell newer from older`)
    }
    if (traits.scan === 'none')
      throw wrong(`${replica.name} cannot list its keys, and so cannot be cleared or repaired`)
  }
  const names = replicas.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw wrong(`expected every replica to have a name of its own, got "${twice}" twice`)
  const again = replicas.find(({ store }, index) => replicas.findIndex((other) => other.store === store) !== index)
  if (again !== undefined) {
    throw wrong(`expected every replica to have a store of its own, got that of "${again.name}" twice`)
  }
  return {
    replicas,
    write: options.write ?? DEFAULTS.write,
    tombstoneMs: options.tombstoneMs ?? DEFAULTS.tombstoneMs,
    clock: options.clock ?? DEFAULTS.clock,
  }
}

function wrong(message: string): CacheError {
  return new CacheError('INVALID_OPTION', `replicated: ${message}`)
}
