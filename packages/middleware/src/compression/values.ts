import { type Awaitable, type Bytes, CacheError, isCacheError, type Mark, type StreamCoding } from '@cachette/core'
import { fromRecords, PIECE_BYTES, toRecords } from '../records.js'
import { ALGORITHMS, type Algorithm, BY_MARK, LENGTH_BYTES } from './algorithms.js'
import type { Plan } from './options.js'

/** Of what did not get shorter while others had their turn. */
const RAW_MARK = 'none'

type Encoded = { readonly value: Bytes; readonly mark: Mark } | undefined

/** How one value is made shorter, or was. */
interface Means {
  readonly algorithm: Algorithm
  readonly dictionary: Bytes | undefined
}

export function encoded(value: Bytes, plan: Plan): Awaitable<Encoded> {
  const { length } = value
  if (length < plan.thresholdBytes || length > plan.maxBytes || length === 0) return undefined
  const { algorithm, dictionary, mark } = writing(plan)
  if (length <= plan.asyncAboveBytes) {
    const made = algorithm.packSync(value, plan.level, dictionary)
    return made.length < length ? { value: made, mark } : undefined
  }
  // A copy: its owner may change the value while the threads look at it, and before it is stored as it was.
  const own = new Uint8Array(value)
  return algorithm
    .pack(own, plan.level, dictionary)
    .then((made) => (made.length < length ? { value: made, mark } : { value: own, mark: RAW_MARK }))
}

export function decoded(bytes: Bytes, mark: Mark, plan: Plan): Awaitable<Bytes> {
  return mark === RAW_MARK ? bytes : unpacked(bytes, reading(mark, plan), plan)
}

function writing({ algorithm: name, books }: Plan): Means & { readonly mark: string } {
  const algorithm = ALGORITHMS[name]
  const [book] = algorithm.takesDictionary ? books : []
  if (book === undefined) return { algorithm, dictionary: undefined, mark: algorithm.mark }
  return { algorithm, dictionary: book[1], mark: `${algorithm.mark}/${book[0]}` }
}

function reading(mark: Mark, { books }: Plan): Means {
  const [name, book] = String(mark).split('/')
  const algorithm = BY_MARK.get(name)
  if (algorithm === undefined) throw damaged('of an algorithm that is not known')
  algorithm.check()
  const dictionary = book === undefined ? undefined : books.get(book)
  if (dictionary !== undefined || book === undefined) return { algorithm, dictionary }
  // Another process may have it: the entry is well.
  const remedy = 'a value was compressed with a dictionary that is not here'
  throw new CacheError('UNSUPPORTED', `compression: ${remedy}`, { source: 'compression' })
}

/** Nothing is taken on trust: the length is looked at before any memory is taken, and again when the bytes are there. */
function unpacked(
  bytes: Bytes,
  { algorithm, dictionary }: Means,
  { asyncAboveBytes, maxBytes }: Plan,
): Awaitable<Bytes> {
  if (bytes.length < LENGTH_BYTES) throw damaged('without the length of the original')
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  if (length === 0 || length > maxBytes) throw damaged(`that says to be of ${length} bytes, not 1 to ${maxBytes}`)
  const whole = (value: Bytes): Bytes => {
    if (value.length !== length) throw damaged('of another length than it says')
    return value
  }
  if (length > asyncAboveBytes) return algorithm.unpack(bytes, length, dictionary).then(whole, unreadable)
  try {
    return whole(algorithm.unpackSync(bytes, length, dictionary))
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

export function streamCoding(plan: () => Plan): StreamCoding {
  const now = (): Plan => ({ ...plan(), maxBytes: PIECE_BYTES })
  return {
    encode(body) {
      const own = now()
      return {
        body: toRecords(body, async (piece) => {
          const made = await encoded(piece, own)
          return made === undefined || made.mark === RAW_MARK ? headed(RAW, piece) : headed(PACKED, made.value)
        }),
        mark: writing(own).mark,
      }
    },
    decode(body, mark) {
      const own = now()
      const means = reading(mark, own)
      return fromRecords(body, PIECE_BYTES + 1, (piece) => {
        const rest = piece.subarray(1)
        return piece[0] === PACKED ? unpacked(rest, means, own) : rest
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
