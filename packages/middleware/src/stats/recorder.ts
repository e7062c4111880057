import {
  type Call,
  type Change,
  type Clock,
  type Header,
  type Host,
  isCacheError,
  systemClock,
  visible,
} from '@cachette/core'
import type { Settings } from '../settings.js'
import { Closely } from './closely.js'
import type { StatsOptions, StatsSettings } from './options.js'
import type { StatsSnapshot, TimedVerb } from './snapshot.js'
import type { Frequency } from './trend.js'
import { hitRatio, Windows } from './windows.js'

/** What one `stats()` has counted, in whichever caches it stands. */
export class Recorder {
  readonly timer: () => number
  readonly #random: () => number
  #clock: Clock = systemClock
  #settings: Settings<StatsSettings>
  #since = 0
  readonly counts: Counts = newCounts()
  #windows: Windows
  #closely: Closely
  /** Two caches of one store hear of each thing that it tells. */
  #heard: unknown

  constructor(settings: Settings<StatsSettings>, { timer, random }: Pick<StatsOptions, 'timer' | 'random'>) {
    this.timer = timer ?? (() => performance.now())
    this.#random = random ?? Math.random
    this.#settings = settings
    this.#since = this.#clock.now()
    this.#windows = new Windows(settings.windowsMs, this.counts)
    this.#closely = this.#lookAnew()
  }

  get settings(): Settings<StatsSettings> {
    return this.#settings
  }

  get off(): boolean {
    return this.#settings.level === 'off'
  }

  /** What other settings would mix up begins anew; all else goes on. */
  configure(settings: Settings<StatsSettings>): void {
    const before = this.#settings
    this.#settings = settings
    if (settings.windowsMs !== before.windowsMs) {
      this.#windows = new Windows(settings.windowsMs, this.counts)
      this.counts.nextStepAt = -Infinity
    }
    this.counts.left = 1
    if (!LOOKS.every((name) => settings[name] === before[name])) this.#closely = this.#lookAnew()
  }

  reset(): void {
    this.#since = this.#clock.now()
    Object.assign(this.counts, newCounts())
    this.#windows = new Windows(this.#settings.windowsMs, this.counts)
    this.#closely = this.#lookAnew()
  }

  /** The cache's time is what counts from now on, and what it tells is heard. */
  hear(host: Host): void {
    if (this.#clock === systemClock) this.#since = host.clock.now()
    this.#clock = host.clock
    host.on('load', ({ outcome, ms }) => {
      if (this.off) return
      this.counts.loads[outcome] += 1
      this.took('load', ms, this.weigh(true))
    })
    host.on('refresh', ({ reason }) => {
      if (!this.off) this.counts.refreshes[reason] += 1
    })
    host.on('evict', (event) => this.#once(event, () => add(this.counts.removals, event.cause, event.keys.length)))
    host.on('damage', (event) => this.#once(event, () => add(this.counts.removals, 'damaged')))
    host.on('invalidate', (event) =>
      this.#once(event, () => {
        this.counts.invalidations += 1
      }),
    )
    host.on('failure', (event) => this.#once(event, () => add(this.counts.reported, event.error.code)))
  }

  /**
   * How many calls this one stands for; 0 where it is not looked at closely. An answer that comes later is: beside it,
   * that is nothing. Of ready ones a sample is, at random, so that no rhythm of the calls can hide from it.
   */
  weigh(later: boolean): number {
    if (!later) {
      this.counts.left -= 1
      if (this.counts.left > 0) return 0
    }
    const { level, sampleEvery } = this.#settings
    const every = level === 'full' ? 1 : sampleEvery
    if (!later) this.counts.left = 1 + Math.floor(this.#random() * (2 * every - 1))
    if (level === 'counts') return 0
    return later ? 1 : every
  }

  /** One of the keys of a read, which is looked at closely where it has a weight. */
  found(key: string, found: Header | undefined, call: Call, weight: number): void {
    if (weight > 0) this.#closely.read(key, call.want === 'header' ? undefined : found, call.now, weight)
    const counts = this.counts
    if (call.now >= counts.nextStepAt) counts.nextStepAt = this.#windows.step(call.now, counts)
    if (found === undefined || !visible(found, call.now)) counts.misses += 1
    else {
      if (call.now < found.staleAt && found.outdated !== true) counts.hits += 1
      else counts.stale += 1
      if (call.want !== 'header') counts.bytesRead += found.size
    }
  }

  wrote(changes: readonly Change<unknown>[], done: readonly boolean[], call: Call, weight: number): void {
    const counts = this.counts
    for (const [index, { key, entry }] of changes.entries()) {
      const isDone = done[index] === true
      if (weight > 0 && entry?.kind === 'value') this.#closely.wrote(key, entry.size, weight)
      if (isDone && entry?.kind === 'value') counts.bytesWritten += entry.size
      // What a load stores, or gives up, it tells itself.
      if (call.load !== undefined) continue
      if (entry === undefined) counts.removals.deleted += isDone ? 1 : 0
      else if (entry.kind === 'value') counts[isDone ? 'writes' : 'refused'] += 1
    }
  }

  cleared(): void {
    this.counts.clears += 1
  }

  scanned(entries: number): void {
    this.counts.scanned += entries
  }

  /** Gives the failure back, to be thrown on. */
  failed(error: unknown): unknown {
    add(this.counts.failures, isCacheError(error) ? error.code : 'BACKEND')
    return error
  }

  took(verb: TimedVerb, ms: number, weight: number): void {
    if (weight > 0) this.#closely.took(verb, ms, weight)
  }

  frequency(key: string): Frequency {
    return this.#closely.frequency(key, this.#clock.now())
  }

  snapshot(): StatsSnapshot {
    const at = this.#clock.now()
    const { left: _, nextStepAt: __, removals, loads, refreshes, failures, reported, ...counts } = this.counts
    return {
      at,
      since: this.#since,
      ...counts,
      hitRatio: hitRatio(counts),
      windows: this.#windows.snapshot(at, counts),
      removals: { ...removals },
      loads: { ...loads },
      refreshes: { ...refreshes },
      failures: { ...failures },
      reported: { ...reported },
      ...this.#closely.snapshot(at),
    }
  }

  #once(event: object, count: () => void): void {
    if (this.off || this.#heard === event) return
    this.#heard = event
    count()
  }

  #lookAnew(): Closely {
    this.counts.left = 1
    return new Closely(this.#settings, Math.floor(this.#random() * 2 ** 32))
  }
}

/** What is kept of close looks hangs on these. */
const LOOKS = ['hotKeys', 'trendMs'] as const

type Counts = ReturnType<typeof newCounts>

function newCounts() {
  return {
    /** How many more ready calls go by before one is looked at closely. */
    left: 1,
    /** When the next step of a window begins. */
    nextStepAt: -Infinity,
    hits: 0,
    stale: 0,
    misses: 0,
    bytesRead: 0,
    bytesWritten: 0,
    writes: 0,
    refused: 0,
    clears: 0,
    scanned: 0,
    invalidations: 0,
    removals: { deleted: 0, capacity: 0, expired: 0, damaged: 0 },
    loads: { stored: 0, discarded: 0, skipped: 0, unstored: 0, failed: 0 },
    refreshes: { stale: 0, ahead: 0 },
    failures: none(),
    reported: none(),
  }
}

const none = (): Record<string, number> => ({})

function add(tallies: Record<string, number>, name: string, by = 1): void {
  tallies[name] = (tallies[name] ?? 0) + by
}
