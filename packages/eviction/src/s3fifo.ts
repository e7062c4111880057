import { Ghosts } from './ghosts.js'
import { grown } from './links.js'
import { type Arrival, NONE, type Policy } from './policy.js'
import { Segment, WeighedLinks } from './segment.js'

/** Of all there is, how much newcomers get. */
const SMALL_SHARE = 0.1
/** Uses from which on a newcomer stays. */
const STAYS_FROM = 2
const MOST_USES = 3

/**
 * Newcomers wait in a short queue. Those that are used there stay, in a long queue that spares what was used since it
 * last came round; the others are remembered by name, and stay at once if they come back soon. A use moves nothing.
 */
export function s3fifo(): Policy {
  return new S3Fifo()
}

class S3Fifo implements Policy {
  readonly name = 's3fifo'
  readonly #links = new WeighedLinks()
  readonly #small = new Segment(this.#links)
  readonly #main = new Segment(this.#links)
  readonly #ghosts = new Ghosts()
  #uses = new Uint8Array(0)
  #stays = new Uint8Array(0)
  #hashes = new Uint32Array(0)

  reserve(slots: number): void {
    this.#links.reserve(slots)
    if (slots <= this.#uses.length) return
    this.#uses = grown(this.#uses, new Uint8Array(slots))
    this.#stays = grown(this.#stays, new Uint8Array(slots))
    this.#hashes = grown(this.#hashes, new Uint32Array(slots))
  }

  add(slot: number, { hash, weight }: Arrival): void {
    this.#hashes[slot] = hash
    this.#links.weights[slot] = weight
    this.#enter(slot, this.#ghosts.take(hash, this.#ghostLimit))
  }

  touch(slot: number): void {
    const uses = this.#uses[slot] ?? 0
    if (uses < MOST_USES) this.#uses[slot] = uses + 1
  }

  update(slot: number, { weight }: Arrival): void {
    this.#of(slot).weigh(slot, weight)
    this.touch(slot)
  }

  remove(slot: number): void {
    this.#of(slot).remove(slot)
  }

  evict(): number {
    const room = (this.#small.weight + this.#main.weight) * SMALL_SHARE
    const isSmallFull = this.#main.size === 0 || this.#small.weight >= room
    return (isSmallFull && this.#evictSmall()) || this.#evictMain()
  }

  /** As many as have room beside the newcomers. */
  get #ghostLimit(): number {
    return Math.ceil((this.#small.size + this.#main.size) * (1 - SMALL_SHARE))
  }

  #of(slot: number): Segment {
    return this.#stays[slot] === 1 ? this.#main : this.#small
  }

  #enter(slot: number, stays: boolean): void {
    this.#uses[slot] = 0
    this.#stays[slot] = stays ? 1 : 0
    this.#of(slot).push(slot)
  }

  /** Who was used meanwhile stays, which happens once to each. */
  #evictSmall(): number {
    const limit = this.#ghostLimit
    for (let slot = this.#small.shift(); slot !== NONE; slot = this.#small.shift()) {
      if ((this.#uses[slot] ?? 0) < STAYS_FROM) {
        this.#ghosts.add(this.#hashes[slot] ?? 0, limit)
        return slot
      }
      this.#enter(slot, true)
    }
    return NONE
  }

  /** Each turn takes back one use, so there are no more turns than uses. */
  #evictMain(): number {
    let slot = this.#main.first
    for (let uses = this.#uses[slot] ?? 0; uses > 0; uses = this.#uses[slot] ?? 0) {
      this.#uses[slot] = uses - 1
      this.#main.renew(slot)
      slot = this.#main.first
    }
    return this.#main.shift()
  }
}
