import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** Says of an item that it holds no frame but where the parts of one are. */
export const SPLIT_FLAG = 1

const ID_BYTES = 12
const COUNT_AT = ID_BYTES
const LENGTH_AT = COUNT_AT + 4
const CHECKSUM_AT = LENGTH_AT + 6
const MANIFEST_BYTES = CHECKSUM_AT + 4

/** Whatever a manifest says, no more are asked for. */
const MAX_PARTS = 2 ** 16

/** Where the parts of a frame are. Each split has an id of its own, so parts of two never meet. */
export interface Manifest {
  readonly id: string
  readonly count: number
  /** Of the whole frame. */
  readonly bytes: number
}

export interface Split {
  readonly manifest: Buffer
  readonly id: string
  readonly parts: readonly Buffer[]
}

export function split(frame: Buffer, partBytes: number): Split {
  const id = randomBytes(ID_BYTES)
  const count = Math.ceil(frame.length / partBytes)
  const parts = Array.from({ length: count }, (_, index) => frame.subarray(index * partBytes, (index + 1) * partBytes))
  const manifest = Buffer.alloc(MANIFEST_BYTES)
  id.copy(manifest)
  manifest.writeUInt32BE(count, COUNT_AT)
  manifest.writeUIntBE(frame.length, LENGTH_AT, 6)
  manifest.writeUInt32BE(crc32(manifest.subarray(0, CHECKSUM_AT)), CHECKSUM_AT)
  return { manifest, id: id.toString('base64url'), parts }
}

/** Nothing for bytes that are no manifest. */
export function manifestIn(bytes: Uint8Array): Manifest | undefined {
  const { buffer, byteOffset, byteLength } = bytes
  const manifest = Buffer.from(buffer, byteOffset, byteLength)
  if (manifest.length !== MANIFEST_BYTES) return undefined
  if (crc32(manifest.subarray(0, CHECKSUM_AT)) !== manifest.readUInt32BE(CHECKSUM_AT)) return undefined
  const count = manifest.readUInt32BE(COUNT_AT)
  if (count > MAX_PARTS) return undefined
  return { id: manifest.toString('base64url', 0, ID_BYTES), count, bytes: manifest.readUIntBE(LENGTH_AT, 6) }
}
