import { MainSegments } from './main-segments.js'
import { type Arrival, NONE, type Policy } from './policy.js'
import { WeighedLinks } from './segment.js'

/** Who never came back goes first. Who did is protected, in up to four fifths of the room, and has to come back again. */
export function slru(): Policy {
  return new Slru()
}

class Slru implements Policy {
  readonly name = 'slru'
  readonly #links = new WeighedLinks()
  readonly #main = new MainSegments(this.#links)

  reserve(slots: number): void {
    this.#links.reserve(slots)
    this.#main.reserve(slots)
  }

  add(slot: number, { weight }: Arrival): void {
    this.#links.weights[slot] = weight
    this.#main.push(slot)
  }

  touch(slot: number): void {
    this.#main.touch(slot)
  }

  update(slot: number, { weight }: Arrival): void {
    this.#main.weigh(slot, weight)
    this.#main.touch(slot)
  }

  remove(slot: number): void {
    this.#main.remove(slot)
  }

  evict(): number {
    const slot = this.#main.coldest
    if (slot !== NONE) this.#main.remove(slot)
    return slot
  }
}
