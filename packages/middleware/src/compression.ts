import { type ValueLayer, values } from '@cachette/core'
import type { AlgorithmName } from './compression/algorithms.js'
import {
  COMPRESSION_DEFAULTS,
  type CompressionOptions,
  type CompressionSettings,
  parse,
  wrong,
} from './compression/options.js'
import { decoded, encoded, streamCoding } from './compression/values.js'

export { type AlgorithmName, COMPRESSION_DEFAULTS, type CompressionOptions, type CompressionSettings }

/** The layer, and the handle by which it is changed while it runs. */
export interface Compression extends ValueLayer {
  readonly settings: CompressionSettings
  /**
   * Changes settings for what is written from now on; what is stored says itself how it is to be read. All of them are
   * checked before any takes effect.
   */
  configure(changes: CompressionOptions): void
}

/**
 * Makes values shorter, and leaves alone those that do not get shorter.
 *
 * Stands in `encode` behind the codec, before `encryption`: `[json(), encryption(…), compression()]` would compress
 * what is random to look at, and keep every value as long as it is. That order is refused.
 *
 * Costs a call into zlib (10 µs at least) for each value above the threshold, each way. Values above `asyncAboveBytes`
 * go to the pool of threads, so the stack does not answer `cache.sync` unless that is `Infinity`.
 *
 * What cannot be decompressed is damage: absent, reported and reclaimed. A length that is forged, or a bomb, is damage
 * too, before memory is taken for it. An algorithm that is missing here (`zstd`, lz4-napi) fails the read and is none.
 */
export function compression(options: CompressionOptions = {}): Compression {
  let plan = parse(options)
  const isAsync = plan.asyncAboveBytes !== Infinity
  const layer = values({
    name: 'compression',
    place: { outside: ['encryption'] },
    async: isAsync,
    encode: (value) => encoded(value, plan),
    decode: (value, mark) => decoded(value, mark, plan),
    streams: streamCoding(() => plan),
  })
  return {
    ...layer,
    get settings() {
      const { books: _, ...settings } = plan
      return settings
    },
    configure(changes) {
      const next = parse(changes, plan)
      if (!isAsync && next.asyncAboveBytes !== Infinity) {
        throw wrong('asyncAboveBytes was Infinity, and cache.sync counts on it: make another layer')
      }
      plan = next
    },
  }
}
