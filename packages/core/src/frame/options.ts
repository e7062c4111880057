import { encodeText } from '../bytes.js'
import { BOOLEAN, checkOptions, FUNCTION, type Rules, wrong } from '../options.js'
import type { Crc32 } from './crc32.js'
import { MAX_U48 } from './layout.js'

/** How frames are written. Reading does not depend on it: each frame says how it was made. */
export interface FrameOptions {
  /** The platform's own CRC-32 (`zlib.crc32`), for ranges long enough to be worth the call. Default: core's. */
  readonly crc32?: Crc32 | undefined
  /** What the checksums cover. `header` only where the backend checks what it returns. Default `all`. */
  readonly covers?: 'header' | 'all' | undefined
  /** Whether the key is stored, for backends whose own key is a hash of it. Default false. */
  readonly keys?: boolean | undefined
  /** The longest whole frame, which is what a backend's own limit holds for. Default, and at most, 2^48 - 1. */
  readonly maxBytes?: number | undefined
}

export interface FrameSettings {
  readonly crc32: Crc32 | undefined
  readonly covers: 'header' | 'all'
  readonly keys: boolean
  readonly maxBytes: number
}

export const FRAME_DEFAULTS: FrameSettings = {
  crc32: undefined,
  covers: 'all',
  keys: false,
  maxBytes: MAX_U48,
}

const FRAME_RULES: Rules<FrameOptions> = {
  crc32: FUNCTION,
  covers: { expected: '"all" or "header"', accepts: (value) => value === 'all' || value === 'header' },
  keys: BOOLEAN,
  maxBytes: { expected: 'a positive number of bytes', accepts: (value) => typeof value === 'number' && value > 0 },
}

export function frameSettings(options: FrameOptions): FrameSettings {
  checkOptions('frame', options, FRAME_RULES)
  if (options.crc32 !== undefined && !isCrc32(options.crc32)) {
    throw wrong('frame: expected crc32 to compute CRC-32 as zlib.crc32 does, got something else')
  }
  return {
    crc32: options.crc32,
    covers: options.covers ?? FRAME_DEFAULTS.covers,
    keys: options.keys ?? FRAME_DEFAULTS.keys,
    maxBytes: Math.min(options.maxBytes ?? FRAME_DEFAULTS.maxBytes, MAX_U48),
  }
}

/** Another checksum would make frames that nobody else can read: the known answer for `123456789`, in two parts. */
function isCrc32(checksum: Crc32): boolean {
  const digits = encodeText('123456789')
  return checksum(digits.subarray(4), checksum(digits.subarray(0, 4))) === 0xcbf43926
}
