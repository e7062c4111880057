import type { Bytes } from './contract.js'

/**
 * Small pieces are cut from shared slabs: taking one costs a tenth of an array buffer of its own (40 ns against
 * 500 ns on Node 20). A piece belongs to its caller alone, but its buffer does not: who keeps the piece for long, or
 * hands the buffer on, copies it first.
 */
const SLAB_BYTES = 32 * 1024
const LARGEST_PIECE = SLAB_BYTES / 4

/** A UTF-16 unit is at most three bytes of UTF-8. */
const BYTES_PER_UNIT = 3

/** Below this, going byte by byte is quicker than calling the platform's coder. */
const SHORT_TEXT = 32

const encoder = /* @__PURE__ */ new TextEncoder()
const decoder = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

let slab: Bytes = /* @__PURE__ */ new Uint8Array(0)
let used = 0

/** Zeroed bytes that nobody else holds. */
export function allocate(size: number): Bytes {
  if (size > LARGEST_PIECE) return new Uint8Array(size)
  makeRoom(size)
  used += size
  return slab.subarray(used - size, used)
}

/** The same bytes, in a place that nobody else holds. */
export function copyOf(bytes: Bytes): Bytes {
  const copy = allocate(bytes.length)
  copy.set(bytes)
  return copy
}

/** A well-formed text as UTF-8, in bytes that nobody else holds. */
export function encodeText(text: string): Bytes {
  const most = text.length * BYTES_PER_UNIT
  if (most > LARGEST_PIECE) return encoder.encode(text)
  makeRoom(most)
  const from = used
  used = putText(slab, from, text)
  return slab.subarray(from, used)
}

function makeRoom(size: number): void {
  if (used + size <= slab.length) return
  slab = new Uint8Array(SLAB_BYTES)
  used = 0
}

/** Writes a well-formed text where there is room for its every unit to take three bytes; answers where it ends. */
export function putText(target: Bytes, from: number, text: string): number {
  let at = from
  if (text.length <= SHORT_TEXT) {
    for (let index = 0; index < text.length; index += 1) {
      const unit = text.charCodeAt(index)
      if (unit > 0x7f) break
      target[at] = unit
      at += 1
    }
    if (at - from === text.length) return at
  }
  return from + encoder.encodeInto(text, target.subarray(from)).written
}

/** The exact text, a byte order mark included. Throws a `TypeError` for bytes that are not UTF-8. */
export function decodeText(bytes: Bytes, from = 0, to: number = bytes.length): string {
  if (to - from <= SHORT_TEXT) {
    let text = ''
    let at = from
    for (; at < to; at += 1) {
      const byte = bytes[at] ?? 0xff
      if (byte > 0x7f) break
      text += String.fromCharCode(byte)
    }
    if (at === to) return text
  }
  return decoder.decode(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to))
}
