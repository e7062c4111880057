import {
  type Bus,
  type Bytes,
  CacheError,
  type Clock,
  checkOptions,
  oneOf,
  RULES,
  type Rule,
  type Rules,
  type Store,
  systemClock,
} from '@cachette/core'
import type { EncodeList } from '@cachette/core/adapter'
import type { TieredNotice } from './notices.js'

/** How long and how large copies are. For the tiers before the last. */
export interface TierFacts {
  /** How long a copy is trusted, at most; the bound on its age where no word of changes comes. Default 60,000. */
  readonly ttlMs?: number | undefined
  /** How long past that a copy is kept, for when the tiers below cannot be reached. Default 300,000. */
  readonly graceMs?: number | undefined
  /** Larger ones have no copy here. Default: what the store takes. */
  readonly maxValueBytes?: number | undefined
}

/** One store of several, from the nearest to the tier of record. */
export type TierOptions<V> =
  | (TierFacts & { readonly store: Store<V>; readonly encode?: undefined })
  | (TierFacts & {
      readonly store: Store<Bytes>
      /** What makes values into bytes here. Default: JSON, where other tiers take any value. */
      readonly encode?: EncodeList<V> | undefined
    })

export interface TieredOptions<V> {
  /** From the nearest to the last, which is the tier of record: what it says is so. */
  readonly tiers: readonly TierOptions<V>[]
  /** By which processes that share the tier of record tell each other what they changed. It stays yours. */
  readonly bus?: Bus | undefined
  /** The name under which they do. One for each tier of record. Default `'tiered'`. */
  readonly channel?: string | undefined
  /**
   * What becomes of a write while the tier of record is gone: it waits in a queue and resolves once the nearer tiers
   * have it, or it is rejected. Default `'queue'`.
   */
  readonly outage?: 'queue' | 'reject' | undefined
  /** How many keys may wait in that queue; writes beyond it are rejected. Default 10,000. */
  readonly maxPending?: number | undefined
  /** How often each process announces itself on the bus. Default 10,000. */
  readonly presenceMs?: number | undefined
  /** What it says of itself then, beside its own counts. Default: nothing. */
  readonly summary?: (() => Readonly<Record<string, string | number | boolean>>) | undefined
  /** Hears of what is no answer to a call. Default: nobody. */
  readonly onNotice?: ((notice: TieredNotice) => void) | undefined
  readonly clock?: Clock | undefined
}

export const TIER_DEFAULTS = { ttlMs: 60_000, graceMs: 300_000 } as const

export const DEFAULTS = {
  channel: 'tiered',
  outage: 'queue',
  maxPending: 10_000,
  presenceMs: 10_000,
  clock: systemClock,
} as const

export interface Settings<V> {
  readonly near: readonly TierOptions<V>[]
  readonly record: TierOptions<V>
  readonly bus: Bus | undefined
  readonly channel: string
  readonly outage: 'queue' | 'reject'
  readonly maxPending: number
  readonly presenceMs: number
  readonly summary: () => Readonly<Record<string, string | number | boolean>>
  readonly onNotice: ((notice: TieredNotice) => void) | undefined
  readonly clock: Clock
}

const BUS: Rule = {
  expected: 'a bus { publish, subscribe }',
  accepts: (value) => typeof value === 'object' && value !== null && 'publish' in value && 'subscribe' in value,
}

const RULES_OF_TIERED: Rules<TieredOptions<unknown>> = {
  tiers: RULES.list,
  bus: BUS,
  channel: RULES.text,
  outage: /* @__PURE__ */ oneOf('queue', 'reject'),
  maxPending: RULES.positiveInteger,
  presenceMs: RULES.positiveMs,
  summary: RULES.run,
  onNotice: RULES.run,
  clock: RULES.clock,
}

const RULES_OF_TIERS: Rules<TierFacts & { store: unknown; encode: unknown }> = {
  store: RULES.object,
  encode: RULES.list,
  ttlMs: RULES.positiveMs,
  graceMs: RULES.nonNegativeMs,
  maxValueBytes: RULES.positiveInteger,
}

export function parse<V>(options: TieredOptions<V>): Settings<V> {
  checkOptions('tiered', options, RULES_OF_TIERED, ['tiers'])
  const { tiers } = options
  const record = tiers.at(-1)
  if (record === undefined || tiers.length < 2) {
    throw wrong(`expected two or more tiers, from the nearest to the one of record, got ${tiers.length}`)
  }
  for (const [index, tier] of tiers.entries()) checkTier(tier, index)
  const again = tiers.findIndex(({ store }, index) => tiers.findIndex((other) => other.store === store) !== index)
  if (again !== -1) throw wrong(`expected every tier to have a store of its own, got that of tiers[${again}] twice`)
  if (record.ttlMs !== undefined || record.graceMs !== undefined) {
    throw wrong(
      'the last tier is the one of record, which keeps entries as long as they say: ttlMs is for those before it',
    )
  }
  return {
    near: tiers.slice(0, -1),
    record,
    bus: options.bus,
    channel: options.channel ?? DEFAULTS.channel,
    outage: options.outage ?? DEFAULTS.outage,
    maxPending: options.maxPending ?? DEFAULTS.maxPending,
    presenceMs: options.presenceMs ?? DEFAULTS.presenceMs,
    summary: options.summary ?? (() => ({})),
    onNotice: options.onNotice,
    clock: options.clock ?? DEFAULTS.clock,
  }
}

function checkTier<V>(tier: TierOptions<V>, index: number): void {
  checkOptions(`tiered, tiers[${index}]`, tier, RULES_OF_TIERS, ['store'])
  const { traits } = tier.store
  if (traits === undefined) throw wrong(`tiers[${index}]: expected { store }, got a store that has no traits`)
  if (tier.encode !== undefined && traits.values !== 'bytes' && !traits.isolated) {
    throw wrong(`tiers[${index}]: encode is for stores of bytes, and ${tier.store.name} takes values as they are`)
  }
}

function wrong(message: string): CacheError {
  return new CacheError('INVALID_OPTION', `tiered: ${message}`)
}
