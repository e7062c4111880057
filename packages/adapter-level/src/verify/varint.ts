import type { Bytes } from '@cachette/core'
import { Damage } from './file.js'

/** Reads numbers and lengths as LevelDB writes them, one after the other. */
export class Cursor {
  readonly #bytes: Bytes
  readonly #end: number
  #at: number

  constructor(bytes: Bytes, from = 0, to: number = bytes.length) {
    this.#bytes = bytes
    this.#at = from
    this.#end = to
  }

  get ended(): boolean {
    return this.#at >= this.#end
  }

  /** Seven bits of each byte, the lowest first. Exact below 2^53, far above any length or file number. */
  number(): number {
    let value = 0
    for (let scale = 1; scale <= 2 ** 63; scale *= 128) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
    throw new Damage('a number in it has no end')
  }

  byte(): number {
    const byte = this.#at < this.#end ? this.#bytes[this.#at] : undefined
    if (byte === undefined) throw new Damage('it ends too early')
    this.#at += 1
    return byte
  }

  bytes(length: number): Bytes {
    if (this.#at + length > this.#end) throw new Damage('a length in it is too long')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  skip(length: number): void {
    this.bytes(length)
  }
}
