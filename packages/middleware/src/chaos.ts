/**
 * Faults on purpose, for your own tests: failures, hangs, delays, lost answers, batches that succeed in part, flipped
 * bits and stale reads, each as likely as you say. Which call is struck by what depends on the seed and on which call
 * it is, so a run that failed can be had again.
 *
 * Place: last, in the place of a store that fails. Further out, the layers inside it would never meet the faults.
 * Cost: every answer becomes a promise, so `cache.sync` is refused. It has no place in production.
 * Failure: that is what it is for. With all rates at 0 it keeps every law. Streams pass by it unseen.
 */

import type { AnyLayer, Host, Store, Verbs } from '@cachette/core'
import { Disturbance, type Source } from './chaos/disturbance.js'
import { Fate } from './chaos/fate.js'
import {
  type ChaosChanges,
  type ChaosFault,
  type ChaosOptions,
  type ChaosVerb,
  changed,
  parse,
} from './chaos/options.js'

export {
  CHAOS_DEFAULTS,
  type ChaosChanges,
  type ChaosFault,
  type ChaosOptions,
  type ChaosRates,
  type ChaosSettings,
  type ChaosVerb,
} from './chaos/options.js'

/** A fault that was done. */
export interface InjectedFault {
  /** How manieth call it struck, from 0. */
  readonly call: number
  readonly fault: ChaosFault
  readonly verb: ChaosVerb
  readonly keys: readonly string[]
}

/** The layer and its handle. */
export interface Chaos extends AnyLayer {
  /** Print it where a test fails. */
  readonly seed: number
  /** What was done so far; the last 1,000. */
  readonly injected: readonly InjectedFault[]
  configure(changes: ChaosChanges): void
}

const MAX_INJECTED = 1_000

export function chaos(options: ChaosOptions = {}): Chaos {
  const { seed = Math.floor(Math.random() * 2 ** 31), settings: first } = parse(options)
  let settings = first
  let calls = 0
  const injected: InjectedFault[] = []
  const source: Source = {
    get settings() {
      return settings
    },
    fate(verb) {
      if (!settings.enabled || !settings.verbs.includes(verb)) return undefined
      calls += 1
      return new Fate(seed, calls - 1, settings)
    },
    struck(fault, { call }, verb, keys) {
      injected.push({ call, fault, verb, keys })
      if (injected.length > MAX_INJECTED) injected.shift()
    },
  }
  return {
    name: 'chaos',
    state: 'own',
    seed,
    injected,
    wrap<V>(next: Store<V>, { clock }: Host): Verbs<V> {
      const verbs = new Disturbance(next, clock, source)
      return {
        traits: { ...next.traits, sync: 'none', atomicBatch: false },
        read: (keys, call) => verbs.read(keys, call),
        write: (changes, call) => verbs.write(changes, call),
        scan: (prefix, call) => verbs.scan(prefix, call),
        clear: (prefix, call) => verbs.clear(prefix, call),
      }
    },
    configure(changes) {
      settings = changed(settings, changes)
    },
  }
}
