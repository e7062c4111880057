import { grown, Links, Queue } from './links.js'
import { NONE, type Policy } from './policy.js'

/**
 * In the order of arrival, but what was used since the hand last came by is spared once. A use is one write of one
 * byte: nothing moves.
 */
export function sieve(): Policy {
  return new Sieve()
}

class Sieve implements Policy {
  readonly name = 'sieve'
  readonly #links = new Links()
  readonly #queue = new Queue(this.#links)
  #used = new Uint8Array(0)
  #hand = NONE

  reserve(slots: number): void {
    this.#links.reserve(slots)
    if (slots > this.#used.length) this.#used = grown(this.#used, new Uint8Array(slots))
  }

  add(slot: number): void {
    this.#used[slot] = 0
    this.#queue.push(slot)
  }

  touch(slot: number): void {
    this.#used[slot] = 1
  }

  update(slot: number): void {
    this.#used[slot] = 1
  }

  remove(slot: number): void {
    if (this.#hand === slot) this.#hand = this.#queue.after(slot)
    this.#queue.remove(slot)
  }

  /** Each step of the hand takes back one use, so there are no more steps than uses. */
  evict(): number {
    const queue = this.#queue
    if (queue.size === 0) return NONE
    let hand = this.#hand === NONE ? queue.first : this.#hand
    while (this.#used[hand] === 1) {
      this.#used[hand] = 0
      hand = queue.after(hand)
      if (hand === NONE) hand = queue.first
    }
    this.#hand = queue.after(hand)
    queue.remove(hand)
    return hand
  }
}
