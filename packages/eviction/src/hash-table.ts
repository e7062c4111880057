import { NONE } from './policy.js'

/** Finds slots by hashes: open addressing in one array, at most half full. */
export class HashTable {
  #slots: Uint32Array
  /** Of each slot; kept by whoever has the slots. */
  readonly #hashOf: (slot: number) => number

  constructor(room: number, hashOf: (slot: number) => number) {
    this.#slots = new Uint32Array(2 * room)
    this.#hashOf = hashOf
  }

  get(hash: number): number {
    return this.#slots[this.#find(hash)] ?? NONE
  }

  /** Of a hash that is not in. */
  add(hash: number, slot: number): void {
    this.#slots[this.#find(hash)] = slot
  }

  /** Moves what stands behind the hole into it where it may, so that every search still ends. */
  remove(hash: number): void {
    const slots = this.#slots
    const last = slots.length - 1
    let hole = this.#find(hash)
    for (let at = (hole + 1) & last, slot = slots[at] ?? NONE; slot !== NONE; slot = slots[at] ?? NONE) {
      const home = this.#homeOf(this.#hashOf(slot))
      if (((at - home) & last) >= ((at - hole) & last)) {
        slots[hole] = slot
        hole = at
      }
      at = (at + 1) & last
    }
    slots[hole] = NONE
  }

  /** Room for so many, a power of two. */
  grow(room: number): void {
    const old = this.#slots
    this.#slots = new Uint32Array(2 * room)
    for (const slot of old) if (slot !== NONE) this.add(this.#hashOf(slot), slot)
  }

  /** Where the hash stands, or would. */
  #find(hash: number): number {
    const last = this.#slots.length - 1
    let at = this.#homeOf(hash)
    for (let slot = this.#slots[at] ?? NONE; slot !== NONE; slot = this.#slots[at] ?? NONE) {
      if (this.#hashOf(slot) === hash) break
      at = (at + 1) & last
    }
    return at
  }

  /** The low bits say who is in a sample, and so are the same for all in it. */
  #homeOf(hash: number): number {
    return Math.imul(hash, 0x9e3779b1) >>> (Math.clz32(this.#slots.length) + 1)
  }
}
