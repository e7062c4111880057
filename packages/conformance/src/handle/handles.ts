import { type Cache, type CacheOptions, createCache, type ManualClock, type Store } from '@cachette/core'
import type { CheckContext, Trial } from '../check.js'
import type { Subject } from '../subject.js'

/** What makes a cache of a store. */
export type MakeCache = (options: HandleOptions) => Cache<unknown>

export interface HandleOptions extends Pick<CacheOptions<unknown>, 'ttlMs' | 'freshMs' | 'graceMs'> {
  readonly store: Store<unknown>
  readonly clock: ManualClock
}

/** A subject that brings a cache of its own making, in place of `createCache`. */
interface HandledSubject extends Subject<unknown> {
  readonly cache: MakeCache
}

/** A cache over the store of a trial. It is closed with the trial. */
export function cacheOf(context: CheckContext, trial: Trial, options: Partial<HandleOptions> = {}): Cache<unknown> {
  const { subject } = context
  const make = isHandled(subject) ? subject.cache : createCache
  trial.note('const cache = createCache({ store, clock })')
  return make({ ...options, store: trial.store, clock: trial.clock })
}

function isHandled(subject: Subject<unknown>): subject is HandledSubject {
  return 'cache' in subject && typeof subject.cache === 'function'
}
