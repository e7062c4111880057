import { Fading } from './fading.js'
import { grown } from './links.js'
import { lru } from './lru.js'
import { type Arrival, NONE, type Policy } from './policy.js'
import { s3fifo } from './s3fifo.js'
import { Shadow } from './shadow.js'
import { Sketch } from './sketch.js'
import { Streak } from './streak.js'
import { TinyLfu } from './tinylfu.js'

/**
 * Follows whichever policy does best on the live traffic. A shadow of each, which holds hashes alone, shows how many hits
 * it would have had; what was long ago counts for little. The cache itself goes on as the leader does.
 */
export function adaptive(): Policy {
  return new Adaptive()
}

/** Half-lives, in requests for each entry: of what decides who leads, and of what decides whether following pays. */
const HALF_LIFE = 8
const LONG_HALF_LIFE = 40
/** In a small cache a few entries more or less are chance. */
const MIN_HALF_LIFE = 4_000
const MIN_LONG_HALF_LIFE = 1_000
/** By so many hits of all requests another must be ahead to lead. */
const LEAD = 0.005
/** Where the best on the long run is so far ahead of the cache itself, leaders were changed too often: patience is doubled. */
const REGRET = 0.005
const MAX_PATIENCE = 8
/** How many entries each request hands over from the former leader to the new one. */
const HAND_OVER = 8
/** From so many entries on, half of the keys tell enough of all; from twice as many on, a quarter; and so on. */
const SAMPLE_FROM = 4_096

class Adaptive implements Policy {
  readonly name = 'adaptive'
  /** What was asked for how often is the same for all. */
  readonly #sketch = new Sketch()
  /** The first leads at first: on the rest there is nothing to be lost as long as nothing comes back. */
  readonly #makers: readonly [() => Policy, ...(() => Policy)[]] = [
    () => new TinyLfu({ sketch: this.#sketch, share: 0.01 }),
    () => new TinyLfu({ sketch: this.#sketch, share: 0.2 }),
    lru,
    s3fifo,
  ]
  readonly #shadows = this.#makers.map((make) => new Shadow(make()))
  readonly #recent = new Fading(this.#shadows.length)
  /** The last of these counts is the cache's own. */
  readonly #long = new Fading(this.#shadows.length + 1)
  #leader = 0
  #current: Policy = this.#makers[0]()
  /** Until all its entries are handed over. */
  #former: Policy | undefined
  #formerSize = 0
  #isFormer = new Uint8Array(0)
  #hashes = new Uint32Array(0)
  #weights = new Float32Array(0)
  /** Not there as long as all stay for ever. */
  #untils: Float64Array | undefined
  #size = 0
  #weight = 0
  readonly #streak = new Streak()
  #patience = 1
  /** What it holds when it is full; as long as it never was, all do alike. */
  #capacity = Infinity
  #isFull = false
  /** Keys whose hashes have none of these bits are in the sample. */
  #mask = 0

  reserve(slots: number): void {
    this.#current.reserve?.(slots)
    this.#former?.reserve?.(slots)
    this.#sketch.reserve(slots - 1)
    if (slots <= this.#hashes.length) return
    this.#isFormer = grown(this.#isFormer, new Uint8Array(slots))
    this.#hashes = grown(this.#hashes, new Uint32Array(slots))
    this.#weights = grown(this.#weights, new Float32Array(slots))
    if (this.#untils !== undefined) this.#untils = grown(this.#untils, new Float64Array(slots))
  }

  add(slot: number, arrival: Arrival, now: number): void {
    this.#hashes[slot] = arrival.hash
    this.#isFormer[slot] = 0
    this.#weights[slot] = 0
    this.#weigh(slot, arrival)
    this.#size += 1
    if (this.#size > SAMPLE_FROM * (this.#mask + 1)) this.#sampleLess()
    if (this.#isFull) this.#measure()
    this.#current.add(slot, this.#arrivalOf(slot), now)
    this.#streak.miss()
    this.#asked(slot, false, now)
  }

  touch(slot: number, now: number): void {
    if (this.#isFormer[slot] === 1) this.#handOver(slot, now)
    this.#current.touch(slot, now)
    if (this.#streak.hit(this.#size)) this.#asked(slot, true, now)
  }

  update(slot: number, arrival: Arrival, now: number): void {
    this.#weigh(slot, arrival)
    if (this.#isFormer[slot] === 1) this.#handOver(slot, now)
    this.#current.update(slot, this.#arrivalOf(slot), now)
    this.#asked(slot, true, now)
  }

  remove(slot: number): void {
    const hash = this.#hashes[slot] ?? 0
    if (this.#isFormer[slot] === 1) {
      this.#former?.remove(slot)
      this.#leftFormer(slot)
    } else this.#current.remove(slot)
    this.#left(slot)
    for (const shadow of this.#shadows) shadow.remove(hash)
  }

  evict(now: number): number {
    this.#isFull = true
    const slot = (this.#former ?? this.#current).evict(now)
    if (slot === NONE) return NONE
    if (this.#former !== undefined) this.#leftFormer(slot)
    this.#left(slot)
    return slot
  }

  #weigh(slot: number, { weight, until }: Arrival): void {
    this.#weight -= this.#weights[slot] ?? 0
    this.#weights[slot] = weight
    this.#weight += this.#weights[slot] ?? 0
    if (until !== Infinity) this.#untils ??= new Float64Array(this.#hashes.length).fill(Infinity)
    if (this.#untils !== undefined) this.#untils[slot] = until
  }

  #left(slot: number): void {
    this.#size -= 1
    this.#weight -= this.#weights[slot] ?? 0
  }

  #arrivalOf(slot: number): Arrival {
    const until = this.#untils?.[slot] ?? Infinity
    return { key: '', hash: this.#hashes[slot] ?? 0, weight: this.#weights[slot] ?? 1, until }
  }

  /** Right after something had to go, what is in is what there is room for. */
  #measure(): void {
    this.#isFull = false
    if (this.#capacity === this.#weight) return
    this.#capacity = this.#weight
    // Where the limit was lowered, more of the keys are asked again.
    while (this.#mask > 0 && 4 * this.#size < SAMPLE_FROM * (this.#mask + 1)) this.#mask >>>= 1
    this.#setHalfLives()
  }

  /** Shadows stay small, however large the cache becomes. */
  #sampleLess(): void {
    this.#mask = 2 * this.#mask + 1
    for (const shadow of this.#shadows) shadow.sample(this.#mask)
    this.#setHalfLives()
  }

  #setHalfLives(): void {
    const entries = this.#size / (this.#mask + 1)
    this.#recent.setHalfLife(Math.max(HALF_LIFE * entries, MIN_HALF_LIFE) * this.#patience)
    this.#long.setHalfLife(Math.max(LONG_HALF_LIFE * entries, MIN_LONG_HALF_LIFE))
  }

  /** A request: every shadow is asked too, if the key is in the sample. */
  #asked(slot: number, isHit: boolean, now: number): void {
    const arrival = this.#arrivalOf(slot)
    this.#sketch.add(arrival.hash)
    for (let left = HAND_OVER; left > 0 && this.#former !== undefined; left -= 1) {
      this.#arrive(this.#former.evict(now), now)
    }
    if ((arrival.hash & this.#mask) !== 0) return
    if (this.#capacity === Infinity) {
      for (const shadow of this.#shadows) shadow.ask(arrival, Infinity, now)
      return
    }
    const shadows = this.#shadows
    const capacity = this.#capacity / (this.#mask + 1)
    this.#recent.next()
    this.#long.next()
    if (isHit) this.#long.credit(shadows.length)
    for (let one = 0; one < shadows.length; one += 1) {
      if (shadows[one]?.ask(arrival, capacity, now) !== true) continue
      this.#recent.credit(one)
      this.#long.credit(one)
    }
    this.#choose(now)
  }

  #choose(now: number): void {
    const own = this.#shadows.length
    const steady = this.#long.best(own)
    if (this.#long.lead(steady, own) > REGRET) {
      this.#long.level(own, steady)
      this.#patience = Math.min(2 * this.#patience, MAX_PATIENCE)
      this.#setHalfLives()
      this.#follow(steady, now)
      return
    }
    const best = this.#recent.best(own)
    if (this.#recent.lead(best, this.#leader) > LEAD) this.#follow(best, now)
  }

  #follow(leader: number, now: number): void {
    const make = this.#makers[leader]
    if (leader === this.#leader || make === undefined) return
    this.#leader = leader
    while (this.#former !== undefined) this.#arrive(this.#former.evict(now), now)
    const next = make()
    next.reserve?.(this.#hashes.length)
    if (this.#size === 0) {
      this.#current = next
      return
    }
    this.#isFormer.fill(1)
    this.#former = this.#current
    this.#formerSize = this.#size
    this.#current = next
  }

  #handOver(slot: number, now: number): void {
    this.#former?.remove(slot)
    this.#arrive(slot, now)
  }

  #arrive(slot: number, now: number): void {
    this.#leftFormer(slot)
    this.#current.add(slot, this.#arrivalOf(slot), now)
  }

  #leftFormer(slot: number): void {
    this.#isFormer[slot] = 0
    this.#formerSize -= 1
    if (this.#formerSize === 0) this.#former = undefined
  }
}
