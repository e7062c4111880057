import { grown, Links, Queue } from './links.js'

/** Links of slots that weigh something. As single floats, which sums of them in doubles lose nothing of. */
export class WeighedLinks extends Links {
  weights = new Float32Array(0)

  override reserve(slots: number): void {
    super.reserve(slots)
    if (slots > this.weights.length) this.weights = grown(this.weights, new Float32Array(slots))
  }
}

/** A queue that knows how much stands in it, for policies that divide the room. */
export class Segment extends Queue {
  readonly #links: WeighedLinks
  weight = 0

  constructor(links: WeighedLinks) {
    super(links)
    this.#links = links
  }

  override push(slot: number): void {
    super.push(slot)
    this.weight += this.#links.weights[slot] ?? 0
  }

  override remove(slot: number): void {
    super.remove(slot)
    this.weight -= this.#links.weights[slot] ?? 0
  }

  /** What stands here weighs something else from now on. */
  weigh(slot: number, weight: number): void {
    const { weights } = this.#links
    this.weight -= weights[slot] ?? 0
    weights[slot] = weight
    this.weight += weights[slot] ?? 0
  }
}
