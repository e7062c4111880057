import type { Header } from '@cachette/core'
import type { Settings } from '../settings.js'
import { Histogram } from './histogram.js'
import type { StatsSettings } from './options.js'
import type { HotKeyCounts, StatsSnapshot, TimedVerb } from './snapshot.js'
import { SpaceSaving } from './space-saving.js'
import { type Frequency, Trend } from './trend.js'

/** Latencies to the nanosecond. */
const NANOSECOND_MS = 1e-6

/** What is known of those calls alone that were looked at closely, each of which stands for so many: its weight. */
export class Closely {
  readonly #capacity: number
  readonly #latencies: Readonly<Record<TimedVerb, Histogram>>
  readonly #keyBytes = new Histogram()
  readonly #readBytes = new Histogram()
  readonly #writtenBytes = new Histogram()
  readonly #hot: SpaceSaving
  readonly #trend: Trend

  constructor({ hotKeys, trendMs }: Settings<StatsSettings>, seed: number) {
    const latency = (): Histogram => new Histogram(NANOSECOND_MS)
    this.#latencies = { read: latency(), write: latency(), scan: latency(), clear: latency(), load: latency() }
    this.#capacity = hotKeys
    this.#hot = new SpaceSaving(hotKeys)
    this.#trend = new Trend(trendMs, seed)
  }

  /** `found` is left out where nothing was found, or only a header was asked for. */
  read(key: string, found: Header | undefined, now: number, weight: number): void {
    this.#keyBytes.record(utf8Bytes(key), weight)
    if (found !== undefined) this.#readBytes.record(found.size, weight)
    this.#trend.add(key, now, weight)
    if (this.#capacity > 0) this.#hot.add(key, weight)
  }

  wrote(key: string, bytes: number, weight: number): void {
    this.#keyBytes.record(utf8Bytes(key), weight)
    this.#writtenBytes.record(bytes, weight)
  }

  took(verb: TimedVerb, ms: number, weight: number): void {
    this.#latencies[verb].record(ms, weight)
  }

  frequency(key: string, now: number): Frequency {
    return this.#trend.of(key, now)
  }

  snapshot(now: number): Pick<StatsSnapshot, 'latencyMs' | 'keyBytes' | 'readBytes' | 'writtenBytes' | 'hotKeys'> {
    const { read, write, scan, clear, load } = this.#latencies
    const keys = this.#hot.list().map(({ key, count, error }): HotKeyCounts => {
      return { key, count, error, ...this.frequency(key, now) }
    })
    return {
      latencyMs: {
        read: read.snapshot(),
        write: write.snapshot(),
        scan: scan.snapshot(),
        clear: clear.snapshot(),
        load: load.snapshot(),
      },
      keyBytes: this.#keyBytes.snapshot(),
      readBytes: this.#readBytes.snapshot(),
      writtenBytes: this.#writtenBytes.snapshot(),
      hotKeys: {
        capacity: this.#capacity,
        total: this.#hot.total,
        floor: this.#hot.floor,
        keys,
      },
    }
  }
}

/** Surrogates come in pairs of two units, which together take four bytes. */
function utf8Bytes(key: string): number {
  let bytes = key.length
  for (let index = 0; index < key.length; index += 1) {
    const unit = key.charCodeAt(index)
    if (unit >= 0x80) bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2
  }
  return bytes
}
