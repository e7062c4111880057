import type { Bytes } from '@cachette/core'
import { crc32c, masked } from './crc32c.js'
import { Damage, WINDOW_BYTES, type Windows } from './file.js'

/** A log is made of blocks, each filled with pieces of records: checksum (4), length (2), kind (1), then the piece. */
const BLOCK_BYTES = 32 * 1024
const HEADER_BYTES = 7

/** Which piece of a record: all of it, its first, one between, its last. */
type PieceKind = 1 | 2 | 3 | 4

export type Visit = (piece: Bytes, kind: PieceKind) => void

/** Where in a log something is that no record explains: its end, unless there are records behind it. */
interface Gap {
  at: number | undefined
}

/**
 * Throws `Damage` where LevelDB would pass over records in silence. A log that ends within a record is none: that is
 * what a kill leaves.
 */
export async function checkLog(log: Windows, visit: Visit = () => undefined): Promise<void> {
  const gap: Gap = { at: undefined }
  for (let from = 0; from < log.size; from += WINDOW_BYTES) {
    const window = await log.at(from, Math.min(WINDOW_BYTES, log.size - from))
    for (let at = 0; at < window.length; at += BLOCK_BYTES) {
      checkBlock(window.subarray(at, at + BLOCK_BYTES), from + at, gap, visit)
    }
  }
}

function checkBlock(block: Bytes, from: number, gap: Gap, visit: Visit): void {
  let at = 0
  while (at + HEADER_BYTES <= block.length) {
    const piece = pieceAt(block, at)
    if (piece === undefined) {
      // A length that is wrong looks like a record that was cut off.
      if (isCutOff(block, at) && !hasPieceBehind(block, at + 1)) {
        gap.at ??= from + at
        return
      }
      throw new Damage(`the record at ${from + at} is not as it was written`)
    }
    if (gap.at !== undefined) throw new Damage(`from ${gap.at} to ${from + at} there are no records`)
    visit(piece.bytes, piece.kind)
    at += HEADER_BYTES + piece.bytes.length
  }
}

function pieceAt(block: Bytes, at: number): { readonly bytes: Bytes; readonly kind: PieceKind } | undefined {
  const view = new DataView(block.buffer, block.byteOffset + at)
  const kind = view.getUint8(6)
  const end = at + HEADER_BYTES + view.getUint16(4, true)
  if (!isPieceKind(kind) || end > block.length) return undefined
  if (masked(crc32c(block.subarray(at + 6, end))) !== view.getUint32(0, true)) return undefined
  return { bytes: block.subarray(at + HEADER_BYTES, end), kind }
}

function isPieceKind(kind: number): kind is PieceKind {
  return kind >= 1 && kind <= 4
}

/** Zeros, which a power cut leaves, or the last block, which ends before the record does. */
function isCutOff(block: Bytes, at: number): boolean {
  const view = new DataView(block.buffer, block.byteOffset + at)
  const length = view.getUint16(4, true)
  if (length === 0 && view.getUint8(6) === 0) return true
  return block.length < BLOCK_BYTES && at + HEADER_BYTES + length > block.length
}

function hasPieceBehind(block: Bytes, from: number): boolean {
  for (let at = from; at + HEADER_BYTES < block.length; at += 1) {
    if (pieceAt(block, at) !== undefined) return true
  }
  return false
}
