import type { Clock } from '../clock.js'
import type { Codec } from '../codec.js'
import type { Bytes, Store } from '../contract.js'
import type { Layer } from '../layer.js'
import { LOAD_DEFAULTS, LOAD_RULES, type LoadDefaults, type LoadSettings, settingsOf } from '../loading/options.js'
import {
  CLOCK,
  checkOptions,
  FUNCTION,
  LIST,
  OBJECT,
  oneOf,
  POSITIVE_MS,
  type Rules,
  shown,
  TEXT,
  wrong,
} from '../options.js'
import type { ValueLayer } from '../values.js'
import { LIFETIME_RULES, type LifetimeOptions } from './lifetimes.js'

export interface CommonOptions extends LifetimeOptions {
  /** What the cache is called in events and errors. Default: the store's name. */
  readonly name?: string | undefined
  /** How loads go; each `getOrSet` may say otherwise. */
  readonly load?: LoadSettings | undefined
  /** How long any call to the store may take, in milliseconds. Default 1,000. */
  readonly deadlineMs?: number | undefined
  /** What becomes of a damaged entry: it counts as absent, or reading it is an error. Either way it is reported and reclaimed. */
  readonly damaged?: 'absent' | 'error' | undefined
  /** Default: the system's clock. Tests hand in `manualClock()`. */
  readonly clock?: Clock | undefined
  /** Between 0 and 1, for refreshes at random. Default `Math.random`. */
  readonly random?: (() => number) | undefined
}

/** A cache over a store of bytes. */
export interface ByteCacheOptions<V> extends CommonOptions {
  readonly store: Store<Bytes>
  /** What turns values into bytes, from left to right: a codec, then byte layers. Default: JSON that changes nothing. */
  readonly encode?: readonly [Codec<V>, ...ValueLayer[]] | undefined
  /** The layers between the cache and the store; the first is outermost. */
  readonly use?: readonly Layer<Bytes>[] | undefined
  readonly weigh?: undefined
}

/** A cache over a store that takes values as they are. */
export interface ReferenceCacheOptions<V> extends CommonOptions {
  readonly store: Store<V>
  readonly encode?: undefined
  /** The layers between the cache and the store; the first is outermost. */
  readonly use?: readonly Layer<V>[] | undefined
  /** How large a value counts, where something limits sizes. Default 0. */
  readonly weigh?: ((value: V) => number) | undefined
}

export type CacheOptions<V> = ByteCacheOptions<V> | ReferenceCacheOptions<V>

export const CACHE_DEFAULTS = { deadlineMs: 1_000, damaged: 'absent' } as const

type Checked = CommonOptions & { store: unknown; encode: unknown; use: unknown; weigh: unknown }

const OWN_RULES: Rules<Omit<Checked, keyof LifetimeOptions>> = {
  store: OBJECT,
  encode: LIST,
  use: LIST,
  weigh: FUNCTION,
  name: TEXT,
  load: OBJECT,
  deadlineMs: POSITIVE_MS,
  damaged: /* @__PURE__ */ oneOf('absent', 'error'),
  clock: CLOCK,
  random: FUNCTION,
}

const CACHE_RULES: Rules<Checked> = /* @__PURE__ */ Object.assign({}, OWN_RULES, LIFETIME_RULES)

export function checkCacheOptions<V>(options: CacheOptions<V>): LoadDefaults {
  checkOptions<object>('createCache', options, CACHE_RULES)
  if (options.store?.traits === undefined) throw wrong(`createCache: expected a store, got ${shown(options.store)}`)
  if (options.weigh !== undefined && holdsBytes(options)) {
    throw wrong('createCache: weigh is for values by reference; bytes are counted as they are stored')
  }
  return settingsOf(checkOptions('createCache, load', options.load ?? {}, LOAD_RULES), LOAD_DEFAULTS)
}

/** A store says by its traits whether it takes bytes alone; one that takes anything is given bytes where a codec is. */
export function holdsBytes<V>(options: CacheOptions<V>): options is ByteCacheOptions<V> {
  return options.encode !== undefined || options.store.traits.values === 'bytes'
}
