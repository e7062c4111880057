import { copyOf } from '@cachette/core/adapter'
import { ProtocolError, type Reply } from './protocol.js'

const HEADER_BYTES = 24
const MAGIC = 0x81

/** How many times as much as a value a view of it may keep. */
const MOST_KEPT = 4

const NOTHING = new Uint8Array(0)

/** Cuts what a connection brings into replies. It keeps no more than the beginning of one. */
export class Replies {
  readonly #maxBytes: number
  #begun: Buffer | undefined
  #filled = 0

  /** A reply that says it is longer than this is not believed, and no memory is taken for it. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  push(chunk: Buffer, take: (reply: Reply) => void): void {
    let at = this.#begun === undefined ? 0 : this.#fill(this.#begun, chunk, take)
    while (chunk.length - at >= HEADER_BYTES) {
      const bytes = this.#lengthOf(chunk, at)
      if (chunk.length - at < bytes) break
      take(replyAt(chunk, at, bytes))
      at += bytes
    }
    if (at < chunk.length) this.#begin(chunk, at)
  }

  /** The whole is allocated once, so that a long value is not copied at each chunk. */
  #begin(chunk: Buffer, at: number): void {
    const left = chunk.length - at
    const piece = Buffer.allocUnsafeSlow(left >= HEADER_BYTES ? this.#lengthOf(chunk, at) : HEADER_BYTES)
    chunk.copy(piece, 0, at)
    this.#begun = piece
    this.#filled = left
  }

  /** How many bytes of the chunk belonged to what had begun. */
  #fill(begun: Buffer, chunk: Buffer, take: (reply: Reply) => void): number {
    let piece = begun
    let used = chunk.copy(piece, this.#filled)
    this.#filled += used
    if (this.#filled === HEADER_BYTES && piece.length === HEADER_BYTES) {
      piece = Buffer.allocUnsafeSlow(this.#lengthOf(begun, 0))
      begun.copy(piece)
      const more = chunk.copy(piece, HEADER_BYTES, used)
      used += more
      this.#filled += more
    }
    const isWhole = this.#filled === piece.length && this.#filled >= HEADER_BYTES
    this.#begun = isWhole ? undefined : piece
    if (isWhole) take(replyAt(piece, 0, piece.length))
    return used
  }

  #lengthOf(bytes: Buffer, at: number): number {
    const bodyBytes = bytes.readUInt32BE(at + 8)
    const isSound = bytes[at] === MAGIC && bodyBytes >= bytes.readUInt16BE(at + 2) + (bytes[at + 4] ?? 0)
    if (!isSound) throw new ProtocolError('the answer is not of the binary protocol')
    if (bodyBytes > this.#maxBytes) throw new ProtocolError(`the answer says that it has ${bodyBytes} bytes`)
    return HEADER_BYTES + bodyBytes
  }
}

function replyAt(raw: Buffer, at: number, length: number): Reply {
  const keyBytes = raw.readUInt16BE(at + 2)
  const extrasBytes = raw[at + 4] ?? 0
  const valueAt = at + HEADER_BYTES + extrasBytes + keyBytes
  return {
    opcode: raw[at + 1] ?? 0,
    status: raw.readUInt16BE(at + 6),
    opaque: raw.readUInt32BE(at + 12),
    flags: extrasBytes >= 4 ? raw.readUInt32BE(at + HEADER_BYTES) : 0,
    extrasBytes,
    raw,
    at,
    keyBytes,
    value: valueAt === at + length ? NOTHING : ownBytes(raw, valueAt, at + length),
  }
}

/** A piece of what else is little keeps it; of a large chunk it would keep all, so it is copied. */
function ownBytes(raw: Buffer, from: number, to: number): Uint8Array {
  const bytes = plain(raw, from, to - from)
  return raw.buffer.byteLength <= MOST_KEPT * bytes.length ? bytes : copyOf(bytes)
}

/** A `Buffer` does not keep what others rely on: its `slice` is no copy. */
function plain({ buffer, byteOffset }: Buffer, at: number, length: number): Uint8Array {
  return new Uint8Array(buffer, byteOffset + at, length)
}
