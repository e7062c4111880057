import { type Awaitable, type Bytes, CacheError, type Mark, type StreamCoding } from '@cachette/core'
import { fromRecords, PIECE_BYTES, toRecords } from '../records.js'
import { ALGORITHMS, type Algorithm, BY_MARK, LENGTH_BYTES } from './algorithms.js'
import type { CompressionSettings } from './options.js'

type Encoded = { readonly value: Bytes; readonly mark: Mark } | undefined

export function encoded(value: Bytes, settings: CompressionSettings): Awaitable<Encoded> {
  const { length } = value
  if (length < settings.thresholdBytes || length > settings.maxBytes || length === 0) return undefined
  const algorithm = ALGORITHMS[settings.algorithm]
  const { level } = settings
  const shorter = (made: Bytes): Encoded => (made.length < length ? { value: made, mark: algorithm.mark } : undefined)
  if (length <= settings.asyncAboveBytes) return shorter(algorithm.packSync(value, level))
  // A copy: its owner may change the value while the threads look at it.
  return algorithm.pack(new Uint8Array(value), level).then(shorter)
}

export function algorithmOf(mark: Mark): Algorithm {
  const algorithm = BY_MARK.get(mark)
  if (algorithm === undefined) throw damaged('of an algorithm that is not known')
  algorithm.check()
  return algorithm
}

/** Nothing is taken on trust: the length is looked at before any memory is taken, and again when the bytes are there. */
export function unpacked(
  bytes: Bytes,
  algorithm: Algorithm,
  { asyncAboveBytes, maxBytes }: CompressionSettings,
): Awaitable<Bytes> {
  if (bytes.length < LENGTH_BYTES) throw damaged('without the length of the original')
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  if (length === 0 || length > maxBytes) throw damaged(`that says to be of ${length} bytes, not 1 to ${maxBytes}`)
  const whole = (value: Bytes): Bytes => {
    if (value.length !== length) throw damaged('of another length than it says')
    return value
  }
  return length <= asyncAboveBytes
    ? whole(algorithm.unpackSync(bytes, length))
    : algorithm.unpack(bytes, length).then(whole)
}

/** What stands before a piece of a stream: whether it got shorter. */
const RAW = 0
const PACKED = 1

export function streamCoding(settings: () => CompressionSettings): StreamCoding {
  const now = (): CompressionSettings => ({ ...settings(), maxBytes: PIECE_BYTES })
  return {
    encode(body) {
      const own = now()
      return {
        body: toRecords(body, async (piece) => {
          const made = await encoded(piece, own)
          return made === undefined ? headed(RAW, piece) : headed(PACKED, made.value)
        }),
        mark: ALGORITHMS[own.algorithm].mark,
      }
    },
    decode(body, mark) {
      const algorithm = algorithmOf(mark)
      return fromRecords(body, PIECE_BYTES + 1, (piece) => {
        const rest = piece.subarray(1)
        return piece[0] === PACKED ? unpacked(rest, algorithm, now()) : rest
      })
    },
  }
}

function headed(form: number, bytes: Bytes): Bytes {
  const piece = new Uint8Array(bytes.length + 1)
  piece[0] = form
  piece.set(bytes, 1)
  return piece
}

function damaged(what: string): CacheError {
  return new CacheError('CORRUPT', `a compressed value ${what}`, { source: 'compression' })
}
