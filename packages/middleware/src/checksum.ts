import {
  type Awaitable,
  andThen,
  type Bytes,
  CacheError,
  type Mark,
  oneOf,
  RULES,
  type Rules,
  type StreamCoding,
  type ValueLayer,
  values,
} from '@cachette/core'
import { type ChecksumName, MAX_SUM_BYTES, SUM_BY_MARK, SUMS, type Sum } from './checksum/algorithms.js'
import { fromRecords, PIECE_BYTES, toRecords } from './records.js'
import { type Settings, settle } from './settings.js'

export type { ChecksumName }

export interface ChecksumOptions {
  /** `xxhash64` needs the package xxhash-wasm, and answers at once only once that is compiled. Default `'crc32'`. */
  readonly algorithm?: ChecksumName | undefined
  /** Whether an entry without a checksum counts as damaged, and not as older than the layer. Default false. */
  readonly required?: boolean | undefined
}

export type ChecksumSettings = Settings<ChecksumOptions>

export const CHECKSUM_DEFAULTS: ChecksumSettings = { algorithm: 'crc32', required: false }

/** The layer, and the handle by which it is changed while it runs. */
export interface Checksum extends ValueLayer {
  readonly settings: ChecksumSettings
  /** Changes settings from now on; entries say themselves which sum they have. Checked as a whole before any takes effect. */
  configure(changes: ChecksumOptions): void
}

const ACCEPTED: Rules<ChecksumOptions> = {
  algorithm: /* @__PURE__ */ oneOf('crc32', 'sha256', 'xxhash64'),
  required: RULES.boolean,
}

/**
 * Finds damage: a value that is not what was stored is absent, reported and reclaimed by whoever reads it, scans over
 * it or sweeps through values. It covers the value; the header is covered by the frame that byte stores write.
 *
 * Stands last in `encode`, where it covers what is stored, as it is stored. In `[json(), checksum(), compression()]`
 * damaged bytes would be decompressed first, and shown to be damaged only by what came of them.
 *
 * Costs a copy of the value with its sum behind it, and the sum itself, each way. It finds accidents: whoever can write
 * to the store can write a sum too, which `encryption` is for.
 */
export function checksum(options: ChecksumOptions = {}): Checksum {
  let settings = parse(options)
  const isReady = SUMS[settings.algorithm].ready
  const layer = values({
    name: 'checksum',
    async: !isReady,
    grows: MAX_SUM_BYTES,
    get required() {
      return settings.required
    },
    encode: (value) => {
      const { algorithm } = settings
      return andThen(summed(value, SUMS[algorithm]), (bytes) => ({ value: bytes, mark: algorithm }))
    },
    decode: (value, mark) => checked(value, sumOf(mark)),
    streams: streamCoding(() => settings.algorithm),
  })
  return {
    ...layer,
    get settings() {
      return settings
    },
    configure(changes) {
      const next = parse(changes, settings)
      if (isReady && !SUMS[next.algorithm].ready) {
        const said = `checksum: cache.sync counts on answers at once, which ${next.algorithm} has not: make another layer`
        throw new CacheError('INVALID_OPTION', said)
      }
      settings = next
    },
  }
}

function parse(given: ChecksumOptions, current = CHECKSUM_DEFAULTS): ChecksumSettings {
  const settings = settle('checksum', current, given, ACCEPTED)
  SUMS[settings.algorithm].check()
  return settings
}

function sumOf(mark: Mark): Sum {
  const sum = SUM_BY_MARK.get(mark)
  if (sum === undefined) throw damaged('of a kind that is not known')
  return sum
}

function summed(value: Bytes, sum: Sum): Awaitable<Bytes> {
  // Copied before anything else: while a sum is not ready, the value may be changed.
  const bytes = new Uint8Array(value.length + sum.bytes)
  bytes.set(value)
  return andThen(sum.of(bytes.subarray(0, value.length)), (made) => {
    bytes.set(made, value.length)
    return bytes
  })
}

function checked(bytes: Bytes, sum: Sum): Awaitable<Bytes> {
  const end = bytes.length - sum.bytes
  if (end < 0) throw damaged('that is cut off')
  const value = bytes.subarray(0, end)
  return andThen(sum.of(value), (made) => {
    for (let index = 0; index < sum.bytes; index += 1) {
      if (made[index] !== bytes[end + index]) throw damaged('of another value')
    }
    return value
  })
}

function streamCoding(algorithm: () => ChecksumName): StreamCoding {
  return {
    encode(body) {
      const mark = algorithm()
      return { body: toRecords(body, (piece) => summed(piece, SUMS[mark])), mark }
    },
    decode(body, mark) {
      const sum = sumOf(mark)
      return fromRecords(body, PIECE_BYTES + sum.bytes, (piece) => checked(piece, sum))
    },
  }
}

function damaged(what: string): CacheError {
  return new CacheError('CORRUPT', `a checksum ${what}`, { source: 'checksum' })
}
