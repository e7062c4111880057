import type { LoadEvent, RefreshEvent } from '@cachette/core'
import { type Distribution, mergeDistributions } from './histogram.js'
import type { HotKey } from './space-saving.js'
import type { Frequency } from './trend.js'
import { hitRatio, type Outcomes, type WindowCounts } from './windows.js'

/** The verbs of a store, and loads. */
export type TimedVerb = 'read' | 'write' | 'scan' | 'clear' | 'load'

/** What has gone by each name. */
export type Tallies<Name extends string = string> = Readonly<Record<Name, number>>

/** One of the keys asked for most: its counts in all, and lately. */
export interface HotKeyCounts extends HotKey, Frequency {}

/** What has been counted, as plain data: it survives JSON and structured clones, and adds up (`mergeStats`). */
export interface StatsSnapshot extends Outcomes {
  /** The time of the cache's clock, and when counting began. */
  readonly at: number
  readonly since: number
  /** The share that was there, fresh or stale; 0 where nothing was asked for. */
  readonly hitRatio: number
  readonly windows: readonly WindowCounts[]
  /** Of the values that were given. */
  readonly bytesRead: number
  /** Of the values that were stored, those of loads included. */
  readonly bytesWritten: number
  /** Values stored by callers; what loads store is told in `loads`. */
  readonly writes: number
  /** Values not stored, because a condition did not hold. */
  readonly refused: number
  /** Entries that were there and are gone, by what took them. */
  readonly removals: Tallies<'deleted' | 'capacity' | 'expired' | 'damaged'> & Tallies
  readonly clears: number
  readonly scanned: number
  readonly invalidations: number
  readonly loads: Tallies<LoadEvent['outcome']>
  readonly refreshes: Tallies<RefreshEvent['reason']>
  /** Calls that failed, by the code of the error. */
  readonly failures: Tallies
  /** Failures that nobody was given, because they were made up for or happened in the background. */
  readonly reported: Tallies
  /** From here on what close looks found, each of which counts for as many calls as it stands for. */
  readonly latencyMs: Readonly<Record<TimedVerb, Distribution>>
  readonly keyBytes: Distribution
  readonly readBytes: Distribution
  readonly writtenBytes: Distribution
  readonly hotKeys: HotKeys
}

export interface HotKeys {
  /** How many are kept. */
  readonly capacity: number
  /** How often any key was asked for. */
  readonly total: number
  /** No key that is not listed was asked for more often than this. */
  readonly floor: number
  readonly keys: readonly HotKeyCounts[]
}

/** What two have counted, as if one had. */
export function mergeStats(a: StatsSnapshot, b: StatsSnapshot): StatsSnapshot {
  const counts = { hits: a.hits + b.hits, stale: a.stale + b.stale, misses: a.misses + b.misses }
  const latency = (verb: TimedVerb): Distribution => mergeDistributions(a.latencyMs[verb], b.latencyMs[verb])
  return {
    at: Math.max(a.at, b.at),
    since: Math.min(a.since, b.since),
    ...counts,
    hitRatio: hitRatio(counts),
    windows: mergeWindows(a.windows, b.windows),
    bytesRead: a.bytesRead + b.bytesRead,
    bytesWritten: a.bytesWritten + b.bytesWritten,
    writes: a.writes + b.writes,
    refused: a.refused + b.refused,
    removals: added(a.removals, b.removals),
    clears: a.clears + b.clears,
    scanned: a.scanned + b.scanned,
    invalidations: a.invalidations + b.invalidations,
    loads: added(a.loads, b.loads),
    refreshes: added(a.refreshes, b.refreshes),
    failures: added(a.failures, b.failures),
    reported: added(a.reported, b.reported),
    latencyMs: {
      read: latency('read'),
      write: latency('write'),
      scan: latency('scan'),
      clear: latency('clear'),
      load: latency('load'),
    },
    keyBytes: mergeDistributions(a.keyBytes, b.keyBytes),
    readBytes: mergeDistributions(a.readBytes, b.readBytes),
    writtenBytes: mergeDistributions(a.writtenBytes, b.writtenBytes),
    hotKeys: mergeHotKeys(a.hotKeys, b.hotKeys),
  }
}

function added<T extends Tallies>(a: T, b: T): T {
  const sums: Record<string, number> = { ...a }
  for (const [name, count] of Object.entries(b)) sums[name] = (sums[name] ?? 0) + count
  return sums as T
}

function mergeWindows(a: readonly WindowCounts[], b: readonly WindowCounts[]): readonly WindowCounts[] {
  const merged = new Map(a.map((one) => [one.windowMs, one]))
  for (const other of b) {
    const { windowMs } = other
    const one = merged.get(windowMs) ?? { hits: 0, stale: 0, misses: 0 }
    const counts = { hits: one.hits + other.hits, stale: one.stale + other.stale, misses: one.misses + other.misses }
    merged.set(windowMs, { windowMs, ...counts, hitRatio: hitRatio(counts) })
  }
  return [...merged.values()].sort((one, other) => one.windowMs - other.windowMs)
}

/** A key that one of them does not list may have come up to its floor often there: that much more may be error. */
function mergeHotKeys(a: HotKeys, b: HotKeys): HotKeys {
  const of = (list: HotKeys): Map<string, HotKeyCounts> => new Map(list.keys.map((one) => [one.key, one]))
  const [inA, inB] = [of(a), of(b)]
  const merged = [...new Set([...inA.keys(), ...inB.keys()])].map((key): HotKeyCounts => {
    const one = inA.get(key) ?? unlisted(key, a.floor)
    const other = inB.get(key) ?? unlisted(key, b.floor)
    return {
      key,
      count: one.count + other.count,
      error: one.error + other.error,
      recent: one.recent + other.recent,
      before: one.before + other.before,
    }
  })
  merged.sort((one, other) => other.count - one.count)
  const capacity = Math.max(a.capacity, b.capacity)
  const floor = Math.max(a.floor + b.floor, merged[capacity]?.count ?? 0)
  return { capacity, total: a.total + b.total, floor, keys: merged.slice(0, capacity) }
}

function unlisted(key: string, floor: number): HotKeyCounts {
  return { key, count: floor, error: floor, recent: 0, before: 0 }
}
