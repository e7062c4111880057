import { grown, Links, Queue } from './links.js'
import { type Arrival, NONE, type Policy } from './policy.js'

/** Buckets of one level, and how many times as long those of the next are. Eleven levels of milliseconds span two years. */
const SPAN = 64
const RATIO = 8
const LEVELS = 11

/** The numbers after those of the buckets. */
const FOR_EVER = LEVELS * SPAN
const DUE = FOR_EVER + 1

/**
 * Who takes room the shortest time from now goes first, to an eighth of that time: who ends about then goes in the order
 * of arrival. A timing wheel, turned by the time that calls bring.
 */
export function ttl(): Policy {
  return new Ttl()
}

class Ttl implements Policy {
  readonly name = 'ttl'
  readonly #links = new Links()
  readonly #due = new Queue(this.#links)
  readonly #buckets: readonly Queue[] = Array.from({ length: LEVELS * SPAN }, () => new Queue(this.#links))
  readonly #forEver = new Queue(this.#links)
  #untils = new Float64Array(0)
  /** The number of the bucket that each stands in, `FOR_EVER` or `DUE`. */
  #places = new Uint16Array(0)
  /** How many stand in the buckets of each level: empty ones need no search. */
  readonly #sizes = new Uint32Array(LEVELS)
  #now = 0

  reserve(slots: number): void {
    this.#links.reserve(slots)
    if (slots <= this.#places.length) return
    this.#untils = grown(this.#untils, new Float64Array(slots))
    this.#places = grown(this.#places, new Uint16Array(slots))
  }

  add(slot: number, { until }: Arrival, now: number): void {
    this.#turn(now)
    this.#untils[slot] = until
    this.#place(slot)
  }

  touch(): void {
    // Use is no matter here.
  }

  update(slot: number, arrival: Arrival, now: number): void {
    this.remove(slot)
    this.add(slot, arrival, now)
  }

  remove(slot: number): void {
    const place = this.#places[slot] ?? NONE
    this.#count(place, -1)
    this.#queueAt(place).remove(slot)
  }

  evict(now: number): number {
    this.#turn(now)
    const slot = this.#due.first || this.#soonest() || this.#forEver.first
    if (slot !== NONE) this.remove(slot)
    return slot
  }

  #queueAt(place: number): Queue {
    return this.#buckets[place] ?? (place === FOR_EVER ? this.#forEver : this.#due)
  }

  #place(slot: number): void {
    const place = placeOf(this.#untils[slot] ?? Infinity, this.#now)
    this.#places[slot] = place
    this.#count(place, 1)
    this.#queueAt(place).push(slot)
  }

  #count(place: number, by: number): void {
    const level = Math.floor(place / SPAN)
    if (level < LEVELS) this.#sizes[level] = (this.#sizes[level] ?? 0) + by
  }

  /** Puts what was in the buckets whose time has come closer, or where it is due. Time that goes back stands still. */
  #turn(now: number): void {
    const time = Math.floor(now)
    if (time <= this.#now) return
    let from = this.#now
    let to = time
    this.#now = time
    for (let level = 0; level < LEVELS && from < to; level += 1) {
      const passed = Math.min(to - from, SPAN)
      for (let at = from + 1; at <= from + passed; at += 1) this.#spread(level * SPAN + (at % SPAN))
      from = Math.floor(from / RATIO)
      to = Math.floor(to / RATIO)
    }
  }

  #spread(place: number): void {
    const bucket = this.#queueAt(place)
    for (let left = bucket.size; left > 0; left -= 1) {
      const slot = bucket.first
      this.remove(slot)
      this.#place(slot)
    }
  }

  /** What has come closer since it was put where it is, is put closer first: no more often for each than there are levels. */
  #soonest(): number {
    for (;;) {
      const place = this.#first()
      const slot = this.#queueAt(place).first
      if (slot === NONE || place === FOR_EVER) return NONE
      if (placeOf(this.#untils[slot] ?? Infinity, this.#now) === place) return slot
      this.#spread(place)
    }
  }

  /** Of the first bucket of each level the one that begins first: a fixed number of looks. */
  #first(): number {
    let first = FOR_EVER
    let begins = Infinity
    for (let level = 0, length = 1; level < LEVELS; level += 1, length *= RATIO) {
      if (this.#sizes[level] === 0) continue
      const current = Math.floor(this.#now / length)
      for (let at = current; at < current + SPAN && at * length < begins; at += 1) {
        const place = level * SPAN + (at % SPAN)
        if (this.#queueAt(place).size === 0) continue
        first = place
        begins = at * length
      }
    }
    return first
  }
}

/** What lies beyond the last level waits at its end, to be put closer later. */
function placeOf(until: number, now: number): number {
  if (until === Infinity) return FOR_EVER
  if (until <= now) return DUE
  let at = Math.ceil(until)
  let current = now
  let level = 0
  while (at - current >= SPAN && level < LEVELS - 1) {
    at = Math.floor(at / RATIO)
    current = Math.floor(current / RATIO)
    level += 1
  }
  return level * SPAN + (Math.min(at, current + SPAN - 1) % SPAN)
}
