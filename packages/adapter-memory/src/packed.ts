import type { Bytes } from '@cachette/core'

/**
 * Bytes as they are stored. Short ones become text with one character for each byte, which takes 16 bytes beside them;
 * an array of their own would take some hundreds, and longer to make.
 */
export type Packed = string | Bytes

/** From here on an array of its own costs little beside what is in it, and keeps it off V8's heap. */
const MAX_TEXT_BYTES = 1024

export function pack(bytes: Bytes): Packed {
  if (bytes.length > MAX_TEXT_BYTES) return new Uint8Array(bytes)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

export function unpack(packed: Packed): Bytes {
  if (typeof packed !== 'string') return new Uint8Array(packed)
  const { buffer, byteOffset, length } = Buffer.from(packed, 'latin1')
  return new Uint8Array(buffer, byteOffset, length)
}
