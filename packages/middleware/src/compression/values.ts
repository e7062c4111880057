import { type Awaitable, type Bytes, CacheError, isCacheError, type Mark, type StreamCoding } from '@cachette/core'
import { fromRecords, PIECE_BYTES, toRecords } from '../records.js'
import { ALGORITHMS, type Algorithm, BY_MARK, LENGTH_BYTES } from './algorithms.js'
import type { CompressionSettings } from './options.js'

/** Of what did not get shorter while others had their turn. */
const RAW_MARK = 'none'

type Encoded = { readonly value: Bytes; readonly mark: Mark } | undefined

export function encoded(value: Bytes, settings: CompressionSettings): Awaitable<Encoded> {
  const { length } = value
  if (length < settings.thresholdBytes || length > settings.maxBytes || length === 0) return undefined
  const algorithm = ALGORITHMS[settings.algorithm]
  const { level } = settings
  const { mark } = algorithm
  if (length <= settings.asyncAboveBytes) {
    const made = algorithm.packSync(value, level)
    return made.length < length ? { value: made, mark } : undefined
  }
  // A copy: its owner may change the value while the threads look at it, and before it is stored as it was.
  const own = new Uint8Array(value)
  return algorithm
    .pack(own, level)
    .then((made) => (made.length < length ? { value: made, mark } : { value: own, mark: RAW_MARK }))
}

export function decoded(bytes: Bytes, mark: Mark, settings: CompressionSettings): Awaitable<Bytes> {
  return mark === RAW_MARK ? bytes : unpacked(bytes, algorithmOf(mark), settings)
}

function algorithmOf(mark: Mark): Algorithm {
  const algorithm = BY_MARK.get(mark)
  if (algorithm === undefined) throw damaged('of an algorithm that is not known')
  algorithm.check()
  return algorithm
}

/** Nothing is taken on trust: the length is looked at before any memory is taken, and again when the bytes are there. */
function unpacked(
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
  if (length > asyncAboveBytes) return algorithm.unpack(bytes, length).then(whole, unreadable)
  try {
    return whole(algorithm.unpackSync(bytes, length))
  } catch (error) {
    return unreadable(error)
  }
}

function unreadable(error: unknown): never {
  throw isCacheError(error) ? error : damaged('that cannot be decompressed', error)
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
          return made === undefined || made.mark === RAW_MARK ? headed(RAW, piece) : headed(PACKED, made.value)
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

function damaged(what: string, cause?: unknown): CacheError {
  return new CacheError('CORRUPT', `a compressed value ${what}`, { source: 'compression', cause })
}
