import { Climber } from './climber.js'
import { grown } from './links.js'
import { MainSegments } from './main-segments.js'
import { type Arrival, NONE, type Policy } from './policy.js'
import { Segment, WeighedLinks } from './segment.js'
import { Sketch } from './sketch.js'
import { Streak } from './streak.js'

/** Asked for so often, a loser is let in once in a while: so nobody can keep others out by asking for a few all the time. */
const WARM = 6
const LET_IN_ONE_OF = 128

/** How many leave the window for each that comes, so that one which narrows does so bit by bit. */
const LEAVE_AT_ONCE = 4

/**
 * Newcomers have a window, by last use. What has no more room there meets the coldest of the others, and stays in its
 * place only if it was asked for more often lately. How wide the window is follows the hits: wide where what is new is
 * wanted again soon, narrow where the same is wanted again and again.
 */
export function tinylfu(): Policy {
  return new TinyLfu()
}

/** What several have in common, or keep as it is. */
interface Fixed {
  /** Whoever brings it does the counting. */
  readonly sketch?: Sketch
  /** How wide the window is for good. */
  readonly share?: number
}

export class TinyLfu implements Policy {
  readonly name = 'tinylfu'
  readonly #links = new WeighedLinks()
  readonly #window = new Segment(this.#links)
  readonly #main = new MainSegments(this.#links)
  readonly #sketch: Sketch
  readonly #isCounting: boolean
  readonly #climber: Climber
  readonly #streak = new Streak()
  #isNew = new Uint8Array(0)
  #hashes = new Uint32Array(0)
  #refused = 0

  constructor({ sketch, share }: Fixed = {}) {
    this.#sketch = sketch ?? new Sketch()
    this.#isCounting = sketch === undefined
    this.#climber = new Climber(share)
  }

  reserve(slots: number): void {
    this.#links.reserve(slots)
    this.#main.reserve(slots)
    if (this.#isCounting) this.#sketch.reserve(slots - 1)
    if (slots <= this.#isNew.length) return
    this.#isNew = grown(this.#isNew, new Uint8Array(slots))
    this.#hashes = grown(this.#hashes, new Uint32Array(slots))
  }

  add(slot: number, { hash, weight }: Arrival): void {
    this.#hashes[slot] = hash
    this.#links.weights[slot] = weight
    this.#isNew[slot] = 1
    this.#window.push(slot)
    this.#streak.miss()
    if (this.#isCounting) this.#asked(hash, false)
    const room = this.#room
    for (let left = LEAVE_AT_ONCE; left > 0 && this.#window.weight > room && this.#window.size > 1; left -= 1) {
      this.#leaveWindow()
    }
  }

  touch(slot: number): void {
    if (this.#isCounting && this.#streak.hit(this.#window.size + this.#main.size))
      this.#asked(this.#hashes[slot] ?? 0, true)
    if (this.#isNew[slot] === 1) this.#window.renew(slot)
    else this.#main.touch(slot)
  }

  update(slot: number, { weight }: Arrival): void {
    if (this.#isNew[slot] === 1) this.#window.weigh(slot, weight)
    else this.#main.weigh(slot, weight)
    this.touch(slot)
  }

  remove(slot: number): void {
    if (this.#isNew[slot] === 1) this.#window.remove(slot)
    else this.#main.remove(slot)
  }

  evict(): number {
    const candidate = this.#window.first
    const victim = this.#main.coldest
    // Where the window has room for one more, it gets that from the others.
    const isWide = this.#window.weight + (this.#links.weights[candidate] ?? 0) > this.#room
    if (candidate === NONE || (victim !== NONE && !isWide)) {
      if (victim !== NONE) this.#main.remove(victim)
      return victim
    }
    if (victim === NONE || !this.#wins(candidate, victim)) {
      this.#window.remove(candidate)
      return candidate
    }
    this.#main.remove(victim)
    this.#leaveWindow()
    return victim
  }

  get #room(): number {
    return (this.#window.weight + this.#main.weight) * this.#climber.share
  }

  #asked(hash: number, isHit: boolean): void {
    this.#sketch.add(hash)
    this.#climber.asked(isHit, this.#window.size + this.#main.size)
  }

  #leaveWindow(): void {
    const slot = this.#window.shift()
    this.#isNew[slot] = 0
    this.#main.push(slot)
  }

  #wins(candidate: number, victim: number): boolean {
    const wanted = this.#sketch.count(this.#hashes[candidate] ?? 0)
    if (wanted > this.#sketch.count(this.#hashes[victim] ?? 0)) return true
    if (wanted < WARM) return false
    this.#refused = (this.#refused + 1) % LET_IN_ONE_OF
    return this.#refused === 0
  }
}
