import type { Random } from '../random.js'

/** Flips bits of a stream, at distances that look random; how the stream is cut into chunks does not matter. */
export class Garbler {
  readonly #random: Random
  #passed = 0
  #next = 0

  constructor(random: Random) {
    this.#random = random
  }

  /** One bit in about `every` bytes. */
  garble(bytes: Buffer, every: number): Buffer {
    const garbled = Buffer.from(bytes)
    for (; this.#next < this.#passed + bytes.length; this.#next += 1 + this.#random.below(2 * every - 1)) {
      const at = this.#next - this.#passed
      garbled[at] = (garbled[at] ?? 0) ^ (1 << this.#random.below(8))
    }
    this.#passed += bytes.length
    return garbled
  }
}
