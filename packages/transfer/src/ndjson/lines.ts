import type { Bytes } from '@cachette/core'
import { raced } from '../abort.js'
import { bad } from './format.js'

const NEWLINE = 0x0a

/**
 * The lines of a stream of bytes or text, without their ends; returns what comes behind the last end. No more than one
 * line is kept, and none past the limit.
 */
export async function* linesOf(
  source: AsyncIterable<Bytes | string>,
  maxLineBytes: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Bytes, Bytes> {
  let pieces: Buffer[] = []
  let size = 0
  const keep = (piece: Buffer): void => {
    size += piece.length
    if (size > maxLineBytes) throw bad(`it is longer than ${maxLineBytes} bytes`)
    if (piece.length > 0) pieces.push(piece)
  }
  for await (const chunk of chunksOf(source, signal)) {
    const bytes = bufferOf(chunk)
    let from = 0
    for (let to = bytes.indexOf(NEWLINE); to >= 0; to = bytes.indexOf(NEWLINE, from)) {
      keep(bytes.subarray(from, to))
      yield Buffer.concat(pieces)
      pieces = []
      size = 0
      from = to + 1
    }
    // A copy: whose chunk it is may use it again.
    keep(Buffer.from(bytes.subarray(from)))
  }
  return Buffer.concat(pieces)
}

/** What the source gives, until the signal says so: one that hangs is left hanging. */
async function* chunksOf<T>(source: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncIterable<T> {
  const chunks = source[Symbol.asyncIterator]()
  let under = false
  let ended = false
  try {
    for (;;) {
      under = true
      const next = await raced(chunks.next(), signal)
      under = false
      if (next.done === true) {
        ended = true
        return
      }
      yield next.value
    }
  } finally {
    const freed = ended ? undefined : chunks.return?.()
    if (under) freed?.catch(() => undefined)
    else await freed
  }
}

function bufferOf(chunk: unknown): Buffer {
  if (typeof chunk === 'string') return Buffer.from(chunk)
  if (chunk instanceof Uint8Array) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  throw bad('the source gives something that is neither bytes nor text')
}
