import { Links, Queue } from './links.js'
import type { Policy } from './policy.js'

/** Who came first goes first, used or not. */
export function fifo(): Policy {
  return new Fifo()
}

class Fifo implements Policy {
  readonly name = 'fifo'
  readonly #links = new Links()
  readonly #queue = new Queue(this.#links)

  reserve(slots: number): void {
    this.#links.reserve(slots)
  }

  add(slot: number): void {
    this.#queue.push(slot)
  }

  touch(): void {
    // Use is no matter here.
  }

  update(): void {
    // Nor is being written again.
  }

  remove(slot: number): void {
    this.#queue.remove(slot)
  }

  evict(): number {
    return this.#queue.shift()
  }
}
