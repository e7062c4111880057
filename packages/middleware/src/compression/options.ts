import { crc32 } from 'node:zlib'
import { type Bytes, CacheError, oneOf, type Rule, type Rules } from '@cachette/core'
import { type Settings, settle } from '../settings.js'
import { ALGORITHMS, type AlgorithmName } from './algorithms.js'

export interface CompressionOptions {
  /** `lz4` needs the package lz4-napi, `zstd` Node 22.15. Default `'deflate'`. */
  readonly algorithm?: AlgorithmName | undefined
  /**
   * How much time to spend on making it short, as the algorithm counts. Default the algorithm's usual: brotli, deflate
   * and zstd 1, gzip 6; lz4 has but one, 0.
   */
  readonly level?: number | undefined
  /** Shorter values are left as they are: there is little in them to save. Default 512. */
  readonly thresholdBytes?: number | undefined
  /**
   * Longer values are compressed and read on the pool of threads, so that others get their turn. `Infinity` keeps all on
   * the caller's own, which `cache.sync` needs. Default 131,072.
   */
  readonly asyncAboveBytes?: number | undefined
  /**
   * What values have in common, up to 32 KiB each: parts of such values, the most frequent last. `deflate` writes with
   * the first, and all are for reading what was written with them. Default none.
   */
  readonly dictionaries?: readonly Uint8Array[] | undefined
  /** What any value may become when it is read, and so the longest that is compressed. Default 64 MiB. */
  readonly maxBytes?: number | undefined
}

export type CompressionSettings = Settings<CompressionOptions>

export const COMPRESSION_DEFAULTS: CompressionSettings = {
  algorithm: 'deflate',
  level: 1,
  thresholdBytes: 512,
  asyncAboveBytes: 131_072,
  dictionaries: [],
  maxBytes: 67_108_864,
}

/** What fits the length that stands before a compressed value, and an array of bytes. */
const MOST_BYTES = 0x7fff_ffff

/** The window of deflate: it looks no further back. */
const MOST_DICTIONARY_BYTES = 32_768

const isDictionary = (value: unknown): boolean =>
  value instanceof Uint8Array && value.length > 0 && value.length <= MOST_DICTIONARY_BYTES

const BYTES: Rule = {
  expected: 'a number of bytes from 0 on',
  accepts: (value) => typeof value === 'number' && value >= 0,
}

const ACCEPTED: Rules<CompressionOptions> = {
  algorithm: /* @__PURE__ */ oneOf('brotli', 'deflate', 'gzip', 'lz4', 'zstd'),
  level: { expected: 'a whole number', accepts: Number.isInteger },
  thresholdBytes: BYTES,
  asyncAboveBytes: BYTES,
  dictionaries: {
    expected: `a list of Uint8Arrays of 1 to ${MOST_DICTIONARY_BYTES} bytes`,
    accepts: (value) => Array.isArray(value) && value.every(isDictionary),
  },
  maxBytes: {
    expected: `a whole number of bytes from 1 to ${MOST_BYTES}`,
    accepts: (value) => Number.isInteger(value) && Number(value) > 0 && Number(value) <= MOST_BYTES,
  },
}

/** Settings as the layer works by them. */
export interface Plan extends CompressionSettings {
  /** Copies of the dictionaries, by names that come from their bytes: so none is ever taken for another. */
  readonly books: ReadonlyMap<string, Bytes>
}

export function parse(given: CompressionOptions, current = COMPRESSION_DEFAULTS): Plan {
  const settings = settle('compression', current, given, ACCEPTED)
  const { algorithm } = settings
  const { levels, check } = ALGORITHMS[algorithm]
  check()
  const [least, most, usual] = levels
  const level = given.level ?? (algorithm === current.algorithm ? current.level : usual)
  if (level < least || level > most) {
    throw wrong(`expected a level of ${algorithm} from ${least} to ${most}, got ${level}`)
  }
  const books = new Map(settings.dictionaries.map((bytes) => [crc32(bytes).toString(16), new Uint8Array(bytes)]))
  return { ...settings, level, dictionaries: [...books.values()], books }
}

export function wrong(message: string): CacheError {
  return new CacheError('INVALID_OPTION', `compression: ${message}`)
}
