/**
 * Makes again what failed and is worth it: errors with `retry: 'yes'`, after pauses that grow and are drawn at random,
 * within the call's deadline, and within a budget, so that an outage is never multiplied. A write in doubt is never
 * done twice. What it gives up is marked as `exhausted`, and an outer retry leaves it alone.
 *
 * Place: outside `circuitBreaker`, which has to see each attempt, and whose rejections it leaves alone. Outside
 * `failOpen` it would see misses and repeat nothing; that is refused.
 * Cost: an addition for each call; timers only where something failed.
 * Failure: what `random` throws fails the call that was to be repeated.
 */

import type { AnyLayer, Host, Store, Verbs } from '@cachette/core'
import { Budget } from './retry/budget.js'
import { parse, type RetryOptions } from './retry/options.js'
import { Persistence } from './retry/persistence.js'
import { repeating } from './retry/repeating.js'

export { RETRY_DEFAULTS, type RetryOptions, type RetrySettings } from './retry/options.js'

/** The layer and its handle. One may stand in several caches, which then share the budget. */
export interface RetryLayer extends AnyLayer {
  /** How many repeats it could make now. */
  readonly budget: number
  configure(options: RetryOptions): void
}

export function retry(options: RetryOptions = {}): RetryLayer {
  let settings = parse(options)
  const budget = new Budget(settings.burst)
  return {
    name: 'retry',
    state: 'shared',
    wrap<V>(next: Store<V>, host: Host): Verbs<V> {
      return repeating(next, host, new Persistence(host.clock, budget, () => settings))
    },
    get budget() {
      return budget.tokens
    },
    configure(changed) {
      settings = parse(changed, settings)
    },
  }
}
