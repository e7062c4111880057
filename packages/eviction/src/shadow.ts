import { HashTable } from './hash-table.js'
import { grown } from './links.js'
import { type Arrival, NONE, type Policy } from './policy.js'

const FIRST_ROOM = 64

/** A cache of no more than hashes, to see how many hits a policy would have. */
export class Shadow {
  readonly #policy: Policy
  readonly #table = new HashTable(FIRST_ROOM, (slot) => this.#hashes[slot] ?? 0)
  readonly #free: number[] = []
  #hashes = new Uint32Array(FIRST_ROOM)
  #weights = new Float32Array(FIRST_ROOM)
  #untils = new Float64Array(FIRST_ROOM)
  #slots = 1
  #weight = 0

  constructor(policy: Policy) {
    this.#policy = policy
    policy.reserve?.(FIRST_ROOM)
  }

  /** Whether it would have been a hit. Afterwards it is in. */
  ask(arrival: Arrival, capacity: number, now: number): boolean {
    const slot = this.#table.get(arrival.hash)
    const isHit = slot !== NONE && (this.#untils[slot] ?? 0) > now
    if (slot !== NONE) this.#renew(slot, arrival, isHit, now)
    while (this.#weight + (slot === NONE ? arrival.weight : 0) > capacity) {
      const gone = this.#policy.evict(now)
      if (gone === NONE) break
      this.#forget(gone)
    }
    if (slot === NONE) this.#add(arrival, now)
    return isHit
  }

  remove(hash: number): void {
    const slot = this.#table.get(hash)
    if (slot === NONE) return
    this.#policy.remove(slot)
    this.#forget(slot)
  }

  /** Goes on with those alone whose hashes have none of these bits. */
  sample(mask: number): void {
    for (let slot = 1; slot < this.#slots; slot += 1) {
      const hash = this.#hashes[slot] ?? 0
      if ((hash & mask) !== 0 && this.#table.get(hash) === slot) this.remove(hash)
    }
  }

  /** What has expired and is written anew came in anew. */
  #renew(slot: number, arrival: Arrival, isHit: boolean, now: number): void {
    const { weight, until } = arrival
    if (isHit && this.#weights[slot] === Math.fround(weight)) {
      this.#policy.touch(slot, now)
    } else {
      this.#weight -= this.#weights[slot] ?? 0
      this.#weights[slot] = weight
      this.#weight += this.#weights[slot] ?? 0
      this.#policy.update(slot, arrival, now)
    }
    this.#untils[slot] = until
  }

  #add(arrival: Arrival, now: number): void {
    const slot = this.#free.pop() ?? this.#slots
    if (slot === this.#slots) this.#slots += 1
    if (slot >= this.#hashes.length) this.#grow()
    const { hash, weight, until } = arrival
    this.#hashes[slot] = hash
    this.#weights[slot] = weight
    this.#untils[slot] = until
    this.#weight += this.#weights[slot] ?? 0
    this.#table.add(hash, slot)
    this.#policy.add(slot, arrival, now)
  }

  #grow(): void {
    const room = 2 * this.#hashes.length
    this.#hashes = grown(this.#hashes, new Uint32Array(room))
    this.#weights = grown(this.#weights, new Float32Array(room))
    this.#untils = grown(this.#untils, new Float64Array(room))
    this.#table.grow(room)
    this.#policy.reserve?.(room)
  }

  #forget(slot: number): void {
    this.#table.remove(this.#hashes[slot] ?? 0)
    this.#weight -= this.#weights[slot] ?? 0
    this.#free.push(slot)
  }
}
