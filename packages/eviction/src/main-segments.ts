import { grown } from './links.js'
import { NONE } from './policy.js'
import { Segment, type WeighedLinks } from './segment.js'

/** Of all there is, how much may be protected. */
const PROTECTED_SHARE = 0.8

/** Two queues by last use: on probation, and those that were used there. What has no room there goes back. */
export class MainSegments {
  readonly #probation: Segment
  readonly #protected: Segment
  #isProtected = new Uint8Array(0)

  constructor(links: WeighedLinks) {
    this.#probation = new Segment(links)
    this.#protected = new Segment(links)
  }

  reserve(slots: number): void {
    if (slots > this.#isProtected.length) this.#isProtected = grown(this.#isProtected, new Uint8Array(slots))
  }

  get weight(): number {
    return this.#probation.weight + this.#protected.weight
  }

  get size(): number {
    return this.#probation.size + this.#protected.size
  }

  /** Who would be the first to go. */
  get coldest(): number {
    return this.#probation.first === NONE ? this.#protected.first : this.#probation.first
  }

  push(slot: number): void {
    this.#isProtected[slot] = 0
    this.#probation.push(slot)
  }

  /** Each that is sent back was sent forth before, so there are no more ways back than uses. */
  touch(slot: number): void {
    if (this.#isProtected[slot] === 1) {
      this.#protected.renew(slot)
      return
    }
    this.#probation.remove(slot)
    this.#protected.push(slot)
    this.#isProtected[slot] = 1
    const room = this.weight * PROTECTED_SHARE
    while (this.#protected.weight > room && this.#protected.size > 1) this.push(this.#protected.shift())
  }

  remove(slot: number): void {
    this.#of(slot).remove(slot)
  }

  weigh(slot: number, weight: number): void {
    this.#of(slot).weigh(slot, weight)
  }

  #of(slot: number): Segment {
    return this.#isProtected[slot] === 1 ? this.#protected : this.#probation
  }
}
