import { NONE } from './policy.js'

/** Who comes before and after each slot. A slot stands in one queue at a time, so the queues of a policy share them. */
export class Links {
  next = new Uint32Array(0)
  previous = new Uint32Array(0)

  reserve(slots: number): void {
    if (slots <= this.next.length) return
    this.next = grown(this.next, new Uint32Array(slots))
    this.previous = grown(this.previous, new Uint32Array(slots))
  }
}

/** The larger array, with what the smaller holds. */
export function grown<T extends { set(from: T): void }>(from: T, into: T): T {
  into.set(from)
  return into
}

/** Slots in a row: who came first is the first to go. */
export class Queue {
  readonly #links: Links
  first = NONE
  last = NONE
  size = 0

  constructor(links: Links) {
    this.#links = links
  }

  push(slot: number): void {
    const { next, previous } = this.#links
    next[slot] = NONE
    previous[slot] = this.last
    if (this.last === NONE) this.first = slot
    else next[this.last] = slot
    this.last = slot
    this.size += 1
  }

  remove(slot: number): void {
    const { next, previous } = this.#links
    const after = next[slot] ?? NONE
    const before = previous[slot] ?? NONE
    if (before === NONE) this.first = after
    else next[before] = after
    if (after === NONE) this.last = before
    else previous[after] = before
    this.size -= 1
  }

  /** To the end, as though it had come just now. */
  renew(slot: number): void {
    if (slot === this.last) return
    const { next, previous } = this.#links
    const after = next[slot] ?? NONE
    const before = previous[slot] ?? NONE
    if (before === NONE) this.first = after
    else next[before] = after
    previous[after] = before
    next[this.last] = slot
    previous[slot] = this.last
    next[slot] = NONE
    this.last = slot
  }

  /** Takes the first out. */
  shift(): number {
    const { first } = this
    if (first !== NONE) this.remove(first)
    return first
  }

  after(slot: number): number {
    return this.#links.next[slot] ?? NONE
  }
}
