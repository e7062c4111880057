import type { Bytes } from '@cachette/core'
import { Damage } from './file.js'
import { Cursor } from './varint.js'

/** More than any index of a table; a forged length takes no memory. */
const MAX_BYTES = 256 * 1024 * 1024

/** What a block was before Snappy compressed it. Only indexes are looked into, so this is plain rather than quick. */
export function unsnappy(packed: Bytes): Bytes {
  const cursor = new Cursor(packed)
  const size = cursor.number()
  if (size > MAX_BYTES) throw new Damage('a length in it is too long')
  const bytes = new Uint8Array(size)
  let at = 0
  while (!cursor.ended) {
    const tag = cursor.byte()
    if ((tag & 3) === 0) {
      const literal = cursor.bytes(literalLength(tag >>> 2, cursor))
      if (at + literal.length > size) throw new Damage('it unpacks to too much')
      bytes.set(literal, at)
      at += literal.length
      continue
    }
    const { length, back } = copied(tag, cursor)
    if (back === 0 || back > at || at + length > size) throw new Damage('it does not unpack')
    // Byte by byte: what is copied may run into what is being written.
    for (const end = at + length; at < end; at += 1) bytes[at] = bytes[at - back] ?? 0
  }
  if (at !== size) throw new Damage('it unpacks to too little')
  return bytes
}

function literalLength(bits: number, cursor: Cursor): number {
  return 1 + (bits < 60 ? bits : littleEndian(cursor, bits - 59))
}

function copied(tag: number, cursor: Cursor): { readonly length: number; readonly back: number } {
  if ((tag & 3) === 1) return { length: 4 + ((tag >>> 2) & 7), back: ((tag >>> 5) << 8) | cursor.byte() }
  return { length: 1 + (tag >>> 2), back: littleEndian(cursor, (tag & 3) === 2 ? 2 : 4) }
}

function littleEndian(cursor: Cursor, count: number): number {
  let value = 0
  for (let index = 0; index < count; index += 1) value += cursor.byte() * 256 ** index
  return value
}
