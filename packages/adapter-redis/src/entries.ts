import { crc32 } from 'node:zlib'
import { type Bytes, type Entry, type Found, frame } from '@cachette/core'

/** Redis itself takes no longer piece of bytes. */
const MAX_FRAME_BYTES = 512 * 2 ** 20

/** What a frame may hold beside its value: fixed fields, marks and tags, and the key. */
const MAX_HEAD_BYTES = 2 ** 17

export const MAX_VALUE_BYTES = MAX_FRAME_BYTES - MAX_HEAD_BYTES

/**
 * Entries as Redis holds them. Each frame has its key in it: so an answer to another question is noticed, and so is
 * what others have moved here from elsewhere. It is of no use then, like damage.
 */
export class Entries {
  readonly #format = frame({ crc32, keys: true, maxBytes: MAX_FRAME_BYTES })

  frameOf(entry: Entry, key: string): Buffer {
    const { buffer, byteOffset, byteLength } = this.#format.write(entry, key)
    return Buffer.from(buffer, byteOffset, byteLength)
  }

  read(stored: Buffer, key: string): Found {
    const bytes = plain(stored)
    return this.#format.read(bytes, key) ?? displaced(bytes)
  }

  readHead(stored: Buffer, key: string, frameBytes: number): Found {
    const head = plain(stored)
    return this.#format.readHead(head, key, frameBytes) ?? displaced(head)
  }
}

/** Values are cut from it, and a `Buffer` does not keep what others rely on: its `slice` is no copy. */
function plain({ buffer, byteOffset, byteLength }: Buffer): Bytes {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/** As core gives damage: under a version of its bytes, so that it is replaced only as it was read. */
function displaced(bytes: Bytes): Found {
  return {
    createdAt: 0,
    staleAt: 0,
    expiresAt: 0,
    keptUntil: Infinity,
    version: { time: 0, count: 0, writer: crc32(bytes) },
    kind: 'damaged',
    tags: [],
    marks: {},
    size: bytes.length,
    value: undefined,
  }
}
