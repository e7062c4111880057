import { CacheError, type Found, oneOf, RULES, type Rule, type Rules } from '@cachette/core'
import { isPolicy, type MakePolicy } from '@cachette/eviction'
import { type Settings, settle } from '../settings.js'
import { POLICIES, type PolicyName } from './policies.js'

export interface EvictionLimits {
  /** Which entries go: a name, or a function that makes a policy of your own. Default `'s3fifo'`. */
  readonly policy?: PolicyName | MakePolicy | undefined
  /** How many entries may be there. Default `Infinity`; one of the two limits has to be given. */
  readonly maxEntries?: number | undefined
  /** How many bytes they may take, as `weigh` counts them. Default `Infinity`. */
  readonly maxBytes?: number | undefined
}

export interface EvictionOptions extends EvictionLimits {
  /**
   * How much an entry counts towards `maxBytes`. Of entries that are found at opening the value may be left out. Default:
   * its size as stored, and one for each character of its key. Has to be given where values are stored by reference.
   */
  readonly weigh?: ((entry: Found<unknown>, key: string) => number) | undefined
  /** Says of a key whether its entry stays whatever happens. It counts like the others. Default: none does. */
  readonly pinned?: ((key: string) => boolean) | undefined
  /**
   * On a store that other processes share: that the limits are this process's own, of what it has written, read or found
   * there. Each process bounds the store by itself then, and what one reads often another may evict.
   */
  readonly scope?: 'process' | undefined
}

export type EvictionSettings = Settings<EvictionLimits>

export const EVICTION_DEFAULTS: EvictionSettings = { policy: 's3fifo', maxEntries: Infinity, maxBytes: Infinity }

const LIMIT: Rule = {
  expected: 'a positive whole number or Infinity',
  accepts: (value) => value === Infinity || (Number.isInteger(value) && Number(value) > 0),
}

const POLICY: Rule = {
  expected: `${oneOf(...Object.keys(POLICIES)).expected}, or a function that makes a policy`,
  accepts: (value) => typeof value === 'function' || (typeof value === 'string' && Object.hasOwn(POLICIES, value)),
}

const LIMIT_RULES: Rules<EvictionLimits> = { policy: POLICY, maxEntries: LIMIT, maxBytes: LIMIT }

export const ACCEPTED: Rules<EvictionOptions> = {
  ...LIMIT_RULES,
  weigh: RULES.run,
  pinned: RULES.run,
  scope: oneOf('process'),
}

/** The limits as they would be with these changes. Nothing is taken of a wrong lot. */
export function parseLimits(given: EvictionLimits, current: EvictionSettings): EvictionSettings {
  const settings = settle('eviction', current, given, LIMIT_RULES)
  const { policy } = settings
  if (typeof policy === 'function' && policy !== current.policy && !isPolicy(policy())) {
    throw new CacheError(
      'INVALID_OPTION',
      'eviction: expected policy to make one with add, touch, update, remove and evict',
    )
  }
  if (settings.maxEntries < Infinity || settings.maxBytes < Infinity) return settings
  throw new CacheError('INVALID_OPTION', 'eviction: expected maxEntries or maxBytes, or both')
}
