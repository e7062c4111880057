import { mixed } from './hash.js'

/** Counters of 4 bits, 8 to a word: those of one key lie in 4 rows of one block, so a look costs one cache line. */
const BLOCK_WORDS = 16
const ROWS = 4
const ROW_WORDS = BLOCK_WORDS / ROWS
const MOST = 15

/** Each counter without its lowest bit, once all are shifted by one. */
const HALVES = 0x77777777

/** Words for each entry: 16 counters, of which it uses 4. */
const WORDS_PER_ENTRY = 2

/** Counted so often for each entry, all counts are halved: what was asked for long ago fades. */
const SAMPLES_PER_ENTRY = 10

/** How often keys were asked for lately, about: never too low but by fading, at times too high (count-min). */
export class Sketch {
  #words = new Uint32Array(BLOCK_WORDS)
  #samples = 0
  #entries = 8

  /** Makes room for so many entries. What was counted stays. */
  reserve(entries: number): void {
    if (entries <= this.#entries) return
    while (this.#entries < entries) this.#entries *= 2
    const old = this.#words
    const words = new Uint32Array(this.#entries * WORDS_PER_ENTRY)
    // A block is found by the low bits of a hash, so whatever is added on top, each key finds its counts again.
    for (let at = 0; at < words.length; at += old.length) words.set(old, at)
    this.#words = words
  }

  add(hash: number): void {
    const words = this.#words
    const block = this.#blockOf(hash)
    let bits = mixed(hash)
    let isCounted = false
    for (let row = 0; row < ROWS; row += 1, bits >>>= 5) {
      const at = block + row * ROW_WORDS + (bits & 3)
      const shift = bits & 0x1c /* 3 bits, times 4 */
      const word = words[at] ?? 0
      if (((word >>> shift) & MOST) === MOST) continue
      words[at] = word + (1 << shift)
      isCounted = true
    }
    if (!isCounted) return
    this.#samples += 1
    if (this.#samples >= this.#entries * SAMPLES_PER_ENTRY) this.#fade()
  }

  count(hash: number): number {
    const block = this.#blockOf(hash)
    let bits = mixed(hash)
    let least = MOST
    for (let row = 0; row < ROWS; row += 1, bits >>>= 5) {
      const word = this.#words[block + row * ROW_WORDS + (bits & 3)] ?? 0
      least = Math.min(least, (word >>> (bits & 0x1c)) & MOST)
    }
    return least
  }

  #blockOf(hash: number): number {
    return (hash & (this.#words.length / BLOCK_WORDS - 1)) * BLOCK_WORDS
  }

  #fade(): void {
    for (let at = 0; at < this.#words.length; at += 1) this.#words[at] = ((this.#words[at] ?? 0) >>> 1) & HALVES
    this.#samples >>>= 1
  }
}
