import type { Store, Traits } from '@cachette/core'
import { tellAll } from '@cachette/core/adapter'
import type { TieredStats } from './tiered/counts.js'
import type { Member } from './tiered/fleet.js'
import { Near } from './tiered/near.js'
import type { TieredNotice } from './tiered/notices.js'
import { parse, TIER_DEFAULTS, type TieredOptions } from './tiered/options.js'
import { Tiers } from './tiered/store.js'
import { type Tier, tierOf } from './tiered/tier.js'

/** Several stores as one, and what can be asked of it beside. */
export interface TieredStore<V> extends Store<V> {
  stats(): TieredStats
  /** The other processes on the same bus and channel: since when, and who fell silent. Without a bus nobody. */
  fleet(): readonly Member[]
  /** Writes what waits for the tier of record. Fails where it still cannot be reached. */
  flush(): Promise<void>
}

/** Two or more stores as one: reads fall through and fill back, the last one is the tier of record. */
export function tiered<V>(options: TieredOptions<V>): TieredStore<V> {
  const settings = parse(options)
  const { clock, onNotice } = settings
  const takesBytes = options.tiers.every(({ store, encode }) => store.traits.values === 'bytes' && encode === undefined)
  const tell = (notice: TieredNotice): void => tellAll(onNotice === undefined ? [] : [onNotice], notice)
  const record = tierOf(settings.record, takesBytes, options.clock)
  // Nobody else writes to a store of one process's own: what is copied from it cannot change unseen.
  const ttlByDefault = record.traits.shared ? TIER_DEFAULTS.ttlMs : Number.POSITIVE_INFINITY
  const near = settings.near.map((tier) => {
    const { ttlMs = ttlByDefault, graceMs = TIER_DEFAULTS.graceMs, maxValueBytes = Number.POSITIVE_INFINITY } = tier
    return {
      ttlMs,
      near: new Near(tierOf(tier, takesBytes, options.clock), { ttlMs, graceMs, maxValueBytes }, clock, tell),
    }
  })
  const tiers = near.map((one) => one.near)
  const boundMs = Math.max(...near.map(({ ttlMs }) => ttlMs))
  const traits = traitsOf([...tiers.map(({ tier }) => tier), record], takesBytes)
  return new Tiers(tiers, record, traits, settings, boundMs, tell)
}

/** The tier of record says what is kept, where, and how far conditions hold; the slowest, what answers at once. */
function traitsOf<V>(tiers: readonly Tier<V>[], takesBytes: boolean): Traits {
  const record = tiers.at(-1)
  if (record === undefined) throw new Error('there is a tier of record')
  const { lives, shared, scan, conditional, evicts, maxValueBytes } = record.traits
  const syncs = tiers.map(({ slow, traits }) => (slow ? 'none' : traits.sync))
  return {
    values: takesBytes ? 'bytes' : 'any',
    lives,
    shared,
    scan,
    conditional,
    atomicBatch: false,
    evicts,
    maxValueBytes: takesBytes ? maxValueBytes : Number.POSITIVE_INFINITY,
    sync: syncs.includes('none') ? 'none' : syncs.includes('reads') ? 'reads' : 'all',
    isolated: takesBytes && tiers.every(({ traits }) => traits.isolated),
    streams: false,
  }
}
