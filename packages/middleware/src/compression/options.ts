import { CacheError, oneOf, type Rule, type Rules } from '@cachette/core'
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
  /** What any value may become when it is read, and so the longest that is compressed. Default 64 MiB. */
  readonly maxBytes?: number | undefined
}

export type CompressionSettings = Settings<CompressionOptions>

export const COMPRESSION_DEFAULTS: CompressionSettings = {
  algorithm: 'deflate',
  level: 1,
  thresholdBytes: 512,
  asyncAboveBytes: 131_072,
  maxBytes: 67_108_864,
}

/** What fits the length that stands before a compressed value, and an array of bytes. */
const MOST_BYTES = 0x7fff_ffff

const BYTES: Rule = {
  expected: 'a number of bytes from 0 on',
  accepts: (value) => typeof value === 'number' && value >= 0,
}

const ACCEPTED: Rules<CompressionOptions> = {
  algorithm: /* @__PURE__ */ oneOf('brotli', 'deflate', 'gzip', 'lz4', 'zstd'),
  level: { expected: 'a whole number', accepts: Number.isInteger },
  thresholdBytes: BYTES,
  asyncAboveBytes: BYTES,
  maxBytes: {
    expected: `a whole number of bytes from 1 to ${MOST_BYTES}`,
    accepts: (value) => Number.isInteger(value) && Number(value) > 0 && Number(value) <= MOST_BYTES,
  },
}

export function parse(given: CompressionOptions, current = COMPRESSION_DEFAULTS): CompressionSettings {
  const settings = settle('compression', current, given, ACCEPTED)
  const { algorithm } = settings
  const { levels, check } = ALGORITHMS[algorithm]
  check()
  const [least, most, usual] = levels
  const level = given.level ?? (algorithm === current.algorithm ? current.level : usual)
  if (level < least || level > most) {
    throw wrong(`expected a level of ${algorithm} from ${least} to ${most}, got ${level}`)
  }
  return { ...settings, level }
}

export function wrong(message: string): CacheError {
  return new CacheError('INVALID_OPTION', `compression: ${message}`)
}
