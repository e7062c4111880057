import { Links, Queue } from './links.js'
import type { Policy } from './policy.js'

/** Who was used longest ago goes first. */
export function lru(): Policy {
  return new Lru()
}

class Lru implements Policy {
  readonly name = 'lru'
  readonly #links = new Links()
  readonly #queue = new Queue(this.#links)

  reserve(slots: number): void {
    this.#links.reserve(slots)
  }

  add(slot: number): void {
    this.#queue.push(slot)
  }

  touch(slot: number): void {
    this.#queue.renew(slot)
  }

  update(slot: number): void {
    this.#queue.renew(slot)
  }

  remove(slot: number): void {
    this.#queue.remove(slot)
  }

  evict(): number {
    return this.#queue.shift()
  }
}
