import { type Awaitable, type Bytes, CacheError } from '@cachette/core'

/**
 * A stream in records, for layers that must see a piece of it whole before any of that is given on. A record is four
 * bytes, big-endian, with the length of what follows; the topmost bit says that it is the last. There is always a last
 * one, so that a stream which was cut short is told from one that has ended.
 */

/** So much of a stream goes into one record. What is held of a stream at a time is a few of these. */
export const PIECE_BYTES = 256 * 1024

const HEAD_BYTES = 4
const LAST = 0x8000_0000

/** Where a piece stands in its stream. */
export interface Place {
  readonly index: number
  readonly isLast: boolean
}

/** What becomes of one piece. The bytes are used again as soon as it is done. */
export type Step = (piece: Bytes, place: Place) => Awaitable<Bytes>

export function toRecords(body: ReadableStream<Bytes>, seal: Step): ReadableStream<Bytes> {
  const piece = new Uint8Array(PIECE_BYTES)
  let used = 0
  let index = 0
  const record = async (isLast: boolean): Promise<Bytes> => {
    const sealed = await seal(piece.subarray(0, used), { index, isLast })
    const bytes = new Uint8Array(HEAD_BYTES + sealed.length)
    viewOf(bytes).setUint32(0, isLast ? sealed.length + LAST : sealed.length)
    bytes.set(sealed, HEAD_BYTES)
    used = 0
    index += 1
    return bytes
  }
  return body.pipeThrough(
    new TransformStream<Bytes, Bytes>({
      async transform(chunk, controller) {
        checkChunk(chunk)
        for (let at = 0; at < chunk.length; ) {
          const taken = chunk.subarray(at, at + PIECE_BYTES - used)
          piece.set(taken, used)
          used += taken.length
          at += taken.length
          if (used === PIECE_BYTES) controller.enqueue(await record(false))
        }
      },
      flush: async (controller) => controller.enqueue(await record(true)),
    }),
  )
}

/** `maxBytes` is how long a piece may be as it is stored: a length that says more is forged. */
export function fromRecords(body: ReadableStream<Bytes>, maxBytes: number, open: Step): ReadableStream<Bytes> {
  const queue = new Queue()
  let head: number | undefined
  let index = 0
  let ended = false
  return body.pipeThrough(
    new TransformStream<Bytes, Bytes>({
      async transform(chunk, controller) {
        checkChunk(chunk)
        queue.add(chunk)
        while (!ended) {
          if (head === undefined) {
            const bytes = queue.take(HEAD_BYTES)
            if (bytes === undefined) return
            head = viewOf(bytes).getUint32(0)
            if (head % LAST > maxBytes) throw damaged('a record longer than any')
          }
          const sealed = queue.take(head % LAST)
          if (sealed === undefined) return
          ended = head >= LAST
          head = undefined
          const piece = await open(sealed, { index, isLast: ended })
          index += 1
          if (piece.length > 0) controller.enqueue(piece)
        }
        if (queue.length > 0) throw damaged('bytes behind the end')
      },
      flush() {
        if (!ended) throw damaged('it was cut short')
      },
    }),
  )
}

/** Chunks as they come, given back in lengths as they are asked for. */
class Queue {
  length = 0
  #chunks: Bytes[] = []

  add(chunk: Bytes): void {
    this.#chunks.push(chunk)
    this.length += chunk.length
  }

  /** A copy of the next so many bytes, once they are all there. */
  take(count: number): Bytes | undefined {
    if (count > this.length) return undefined
    const taken = new Uint8Array(count)
    let at = 0
    while (at < count) {
      const chunk = this.#chunks[0] ?? taken.subarray(0, 0)
      const part = chunk.subarray(0, count - at)
      taken.set(part, at)
      at += part.length
      if (part.length === chunk.length) this.#chunks.shift()
      else this.#chunks[0] = chunk.subarray(part.length)
    }
    this.length -= count
    return taken
  }
}

function checkChunk(chunk: unknown): void {
  if (chunk instanceof Uint8Array) return
  throw new CacheError('INVALID_VALUE', `expected a stream of bytes, got one of ${typeof chunk}`)
}

function damaged(what: string): CacheError {
  return new CacheError('CORRUPT', `a stream that is no sequence of records: ${what}`)
}

function viewOf(bytes: Bytes): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
