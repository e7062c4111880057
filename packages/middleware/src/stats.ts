/**
 * Counts what passes: hits, misses, loads, failures, bytes, removals; hit ratios over sliding windows; and, of a sample
 * of the calls, latencies, sizes and the keys asked for most. All in fixed memory.
 *
 * Stands outermost, beside `logging` and `tracing`, where it sees what callers see. Further in it counts what comes that
 * far: inside `retry` each attempt, and inside `failOpen` failures where callers saw misses.
 *
 * Costs under a tenth of an awaited read from memory at the default level. It fails nothing: what it counts, it passes on as it
 * is.
 */

import { type AnyLayer, checkOptions, type Host, type Store, type Verbs } from '@cachette/core'
import { type Settings, settle } from './settings.js'
import { Meter } from './stats/meter.js'
import { DEFAULTS, OPTION_RULES, SETTINGS_RULES, type StatsOptions, type StatsSettings } from './stats/options.js'
import { Recorder } from './stats/recorder.js'
import type { StatsSnapshot } from './stats/snapshot.js'
import type { Frequency } from './stats/trend.js'

export type { Distribution } from './stats/histogram.js'
export { DEFAULTS as STATS_DEFAULTS, type StatsLevel, type StatsOptions, type StatsSettings } from './stats/options.js'
export {
  type HotKeyCounts,
  type HotKeys,
  mergeStats,
  type StatsSnapshot,
  type Tallies,
  type TimedVerb,
} from './stats/snapshot.js'
export type { HotKey } from './stats/space-saving.js'
export type { Frequency } from './stats/trend.js'
export type { Outcomes, WindowCounts } from './stats/windows.js'

/** The layer, and what it has counted. It may stand in several caches: then it counts them together. */
export interface Stats extends AnyLayer {
  readonly settings: Settings<StatsSettings>
  /** Plain data; `mergeStats` adds up those of several. */
  snapshot(): StatsSnapshot
  /** About how often a key was asked for lately. Of a namespace, the key with the namespace's prefix. */
  frequency(key: string): Frequency
  /** Changes what is given, all or nothing. */
  configure(settings: StatsSettings): void
  /** Counts from nothing. */
  reset(): void
}

export function stats(options: StatsOptions = {}): Stats {
  const { timer, random, ...given } = checkOptions('stats', options, OPTION_RULES)
  const recorder = new Recorder(settle('stats', DEFAULTS, given, SETTINGS_RULES), { timer, random })
  return {
    name: 'stats',
    state: 'shared',
    wrap<V>(next: Store<V>, host: Host): Verbs<V> {
      recorder.hear(host)
      const meter = new Meter(next, recorder)
      return {
        read: (keys, call) => meter.read(keys, call),
        ...(meter.readOne !== undefined && { readOne: meter.readOne }),
        write: (changes, call) => meter.write(changes, call),
        scan: (prefix, call) => meter.scan(prefix, call),
        clear: (prefix, call) => meter.clear(prefix, call),
        ...(next.streams !== undefined && { streams: meter.streams(next.streams) }),
      }
    },
    get settings() {
      return recorder.settings
    },
    snapshot: () => recorder.snapshot(),
    frequency: (key) => recorder.frequency(key),
    configure: (settings) => recorder.configure(settle('stats.configure', recorder.settings, settings, SETTINGS_RULES)),
    reset: () => recorder.reset(),
  }
}
