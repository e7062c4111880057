import { crc32 } from 'node:zlib'
import {
  FRAME_OFFSETS as AT,
  type Bytes,
  CacheError,
  type Found,
  FRAME_FLAGS,
  type FrameFormat,
  frame,
} from '@cachette/core'
import { MISSING, unless } from './errors.js'
import { File } from './io.js'
import { nameOf } from './layout.js'

/** What is read of a file at first: a page where its header is wanted, else what most values fit in. */
const HEAD_BYTES = 4096
const FIRST_BYTES = 16_384

/** What a long file is gone through in. */
const PIECE_BYTES = 256 * 1024

/** The longest frame that is held in memory; longer ones go as streams. */
export const MAX_FRAME_BYTES = 2 ** 31 - 1

/** A condition is judged over the whole of a frame up to here, and over the header of a longer one. */
const JUDGED_BYTES = 2 ** 20

/**
 * `judged`: the value only where it is short, since nobody needs it but to see that it is whole. `checked`: a long one
 * is gone through as well, in pieces.
 */
export type Want = 'value' | 'header' | 'judged' | 'checked'

/** What lies in a file, by the key in it; none where the bytes are damaged. */
export interface Kept {
  readonly key: string | undefined
  readonly found: Found
}

/** Reads entries out of files. A file never changes once it has its name, so what is read is of one moment. */
export class Frames {
  /** The key is in each frame: the name of its file is a hash. */
  readonly format: FrameFormat = frame({ crc32, keys: true })

  /** Nothing where there is no file, or it is another key's. */
  async read(path: string, key: string, want: Want): Promise<Found | undefined> {
    return opened(path, async (file) => {
      const first = await firstOf(file, want === 'header' ? HEAD_BYTES : FIRST_BYTES)
      if (first.isAll) return this.format.read(new Uint8Array(first.bytes), key, want === 'header' ? 'header' : 'value')
      const size = await file.size()
      if (want === 'value' || (want !== 'header' && size <= JUDGED_BYTES)) {
        return this.format.read(await wholeOf(file, first.bytes, size), key, 'value')
      }
      const head = await headOf(file, first.bytes)
      const found = this.format.readHead(head, key, size)
      // Who only looks at the head of a long file is not held up by all of it: then the next sweep reclaims it.
      if (found === undefined || (want !== 'checked' && size > JUDGED_BYTES)) return found
      const isDamaged = found.kind === 'damaged' || (want === 'checked' && !(await isWhole(file, head)))
      // Damage goes by a version made of all bytes, as a read of all of them gives it.
      return isDamaged ? damagedAs(found, await sumOf(file, 0), size) : found
    })
  }

  /** What there is under a name, by its header; with `value` also the value, where it came with the header. */
  async kept(path: string, name: string, want: 'value' | 'header'): Promise<Kept | undefined> {
    return opened(path, async (file) => {
      const first = await firstOf(file, HEAD_BYTES)
      const size = first.isAll ? first.bytes.length : await file.size()
      const head = await headOf(file, first.bytes)
      const key = keyIn(head) ?? ''
      const found = this.format.readHead(head, key, size)
      if (found === undefined) return undefined
      if (found.kind === 'damaged') return { key: undefined, found }
      // A file that was given its name by someone else: no key leads there.
      if (nameOf(key) !== name) return undefined
      if (want === 'header' || !first.isAll) return { key, found }
      return { key, found: this.format.read(new Uint8Array(first.bytes), key) ?? found }
    })
  }
}

/** What comes before the value, as far as it is there. */
async function headOf(file: File, first: Bytes): Promise<Bytes> {
  const length = headBytes(first)
  if (length <= first.length || first.length < HEAD_BYTES) return first.subarray(0, length)
  const head = new Uint8Array(length)
  return head.subarray(0, await file.read(head, 0))
}

/** The head of an open file, and how long the file is. */
export async function headAndSize(file: File): Promise<{ readonly head: Bytes; readonly size: number }> {
  const first = await firstOf(file, HEAD_BYTES)
  return { head: await headOf(file, first.bytes), size: first.isAll ? first.bytes.length : await file.size() }
}

/** What the head of a whole frame says is the checksum of its value; nothing where it has none. */
export function checksumIn(head: Bytes): number | undefined {
  const view = viewOf(head)
  return (view.getUint8(AT.flags) & FRAME_FLAGS.valueChecked) === 0 ? undefined : view.getUint32(AT.valueChecksum)
}

async function opened<T>(path: string, work: (file: File) => Promise<T>): Promise<T | undefined> {
  const file = await unless(MISSING, File.open(path, 'r'))
  if (file === undefined) return undefined
  try {
    return await work(file)
  } finally {
    await file.close()
  }
}

async function firstOf(file: File, most: number): Promise<{ readonly bytes: Bytes; readonly isAll: boolean }> {
  const bytes = Buffer.allocUnsafeSlow(most)
  const count = await file.read(bytes, 0)
  return { bytes: bytes.subarray(0, count), isAll: count < most }
}

async function wholeOf(file: File, first: Bytes, size: number): Promise<Bytes> {
  if (size > MAX_FRAME_BYTES) {
    throw new CacheError(
      'TOO_LARGE',
      `expected a frame of up to ${MAX_FRAME_BYTES} bytes, got ${size}: read a stream`,
      {
        details: { maxBytes: MAX_FRAME_BYTES, bytes: size },
      },
    )
  }
  const bytes = new Uint8Array(size)
  bytes.set(first.subarray(0, size))
  const count = await file.read(bytes.subarray(first.length), first.length)
  return bytes.subarray(0, first.length + count)
}

async function isWhole(file: File, head: Bytes): Promise<boolean> {
  const checksum = checksumIn(head)
  return checksum === undefined || checksum === (await sumOf(file, head.length))
}

/** The checksum of what is in the file from there on. */
async function sumOf(file: File, from: number): Promise<number> {
  const piece = Buffer.allocUnsafeSlow(PIECE_BYTES)
  let sum = 0
  for (let at = from; ; ) {
    const count = await file.read(piece, at)
    if (count === 0) return sum
    sum = crc32(piece.subarray(0, count), sum)
    at += count
  }
}

function damagedAs(found: Found, writer: number, size: number): Found {
  const never = { createdAt: 0, staleAt: 0, expiresAt: 0, keptUntil: Number.POSITIVE_INFINITY }
  return {
    ...found,
    ...never,
    version: { time: 0, count: 0, writer },
    kind: 'damaged',
    marks: {},
    tags: [],
    size,
    value: undefined,
  }
}

/** How long the head says that it is; of bytes too short to say so, all of them. */
function headBytes(first: Bytes): number {
  if (first.length < AT.section) return first.length
  const view = viewOf(first)
  return AT.section + view.getUint16(AT.sectionBytes) + view.getUint16(AT.keyBytes)
}

function keyIn(head: Bytes): string | undefined {
  if (head.length < AT.section) return undefined
  const view = viewOf(head)
  const from = AT.section + view.getUint16(AT.sectionBytes)
  try {
    const bytes = head.subarray(from, from + view.getUint16(AT.keyBytes))
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined // Damage, which the checksum of the head shows.
  }
}

function viewOf(bytes: Bytes): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
