import { hashOf } from './hash.js'
import { grown } from './links.js'
import { type Arrival, checkedPolicy, NONE, type Policy } from './policy.js'

/** How much may be in a cache. What is left out is not limited. */
export interface Limits {
  readonly maxEntries?: number | undefined
  readonly maxWeight?: number | undefined
}

export interface RosterOptions extends Limits {
  readonly policy: Policy
  /** Told of each entry that has to go, while its slot is still its own. */
  readonly onEvict?: ((slot: number, key: string) => void) | undefined
  /** Says of a key that comes whether it stays whatever happens. It counts like the others. */
  readonly isPinned?: ((key: string) => boolean) | undefined
}

/** An entry as the policy is told of it. Its hash is made where one is asked for. */
class Newcomer implements Arrival {
  readonly key: string
  readonly weight: number
  readonly until: number

  constructor(key: string, weight: number, until: number) {
    this.key = key
    this.weight = weight
    this.until = until
  }

  get hash(): number {
    return hashOf(this.key)
  }
}

function checkLimits(limits: Limits): void {
  for (const [name, limit] of Object.entries(limits)) {
    if (typeof limit === 'number' && limit >= 0) continue
    throw new TypeError(`Roster: expected ${name} to be a number, 0 or more, or Infinity, got ${String(limit)}`)
  }
}

const FIRST_SLOTS = 64

/**
 * Who is in a cache: keys, each in a slot, and what they weigh, within limits. It asks its policy who goes. It holds no
 * values and does nothing by itself, so policy and limits can change at any time.
 */
export class Roster {
  readonly #onEvict: (slot: number, key: string) => void
  readonly #isPinned: ((key: string) => boolean) | undefined
  readonly #slots = new Map<string, number>()
  /** By slot; `undefined` where it is free. */
  readonly #keys: (string | undefined)[] = []
  readonly #free: number[] = []
  /** The first slot that nobody ever had. */
  #unused = 1
  readonly #pinned = new Set<number>()
  /** Of all slots; not there as long as all weigh 1. */
  #weights: Float64Array | undefined
  /** Not there as long as all stay for ever. */
  #untils: Float64Array | undefined
  #room = 0
  #policy: Policy
  #maxEntries: number
  #maxWeight: number
  #weight = 0

  constructor({ policy, maxEntries = Infinity, maxWeight = Infinity, onEvict, isPinned }: RosterOptions) {
    checkLimits({ maxEntries, maxWeight })
    this.#policy = checkedPolicy('Roster', policy)
    this.#maxEntries = maxEntries
    this.#maxWeight = maxWeight
    this.#onEvict = onEvict ?? (() => undefined)
    this.#isPinned = isPinned
  }

  get policy(): string {
    return this.#policy.name
  }

  get size(): number {
    return this.#slots.size
  }

  get weight(): number {
    return this.#weight
  }

  /** `NONE` where the key is not in. */
  slotOf(key: string): number {
    return this.#slots.get(key) ?? NONE
  }

  keyOf(slot: number): string | undefined {
    return this.#keys[slot]
  }

  untilOf(slot: number): number {
    return this.#untils === undefined ? Infinity : (this.#untils[slot] ?? Infinity)
  }

  weightOf(slot: number): number {
    return this.#weights === undefined ? 1 : (this.#weights[slot] ?? 1)
  }

  keys(): IterableIterator<string> {
    return this.#slots.keys()
  }

  /** An entry that is in was used. */
  touch(slot: number, now: number): void {
    if (this.#pinned.size === 0 || !this.#pinned.has(slot)) this.#policy.touch(slot, now)
  }

  /** Makes room for a key that is not in, and gives its slot; `NONE` where there is no room to be made. */
  add(key: string, weight: number, until: number, now: number): number {
    const isPinned = this.#isPinned?.(key) === true
    if (!isPinned && (weight > this.#maxWeight || !this.#makeRoom(1, weight, now))) return NONE
    const slot = this.#takeSlot()
    this.#slots.set(key, slot)
    this.#keys[slot] = key
    this.#note(slot, weight, until)
    this.#weight += weight
    if (isPinned) this.#pinned.add(slot)
    else this.#policy.add(slot, this.#newcomer(key, weight, until), now)
    if (isPinned) this.#makeRoom(0, 0, now)
    return slot
  }

  /** An entry that is in was written anew. It may have to go for it, like any other. */
  update(slot: number, weight: number, until: number, now: number): void {
    this.#weight += weight - this.weightOf(slot)
    this.#note(slot, weight, until)
    if (!this.#pinned.has(slot)) {
      this.#policy.update(slot, this.#newcomer(this.keyOf(slot) ?? '', weight, until), now)
      if (weight > this.#maxWeight) {
        this.#onEvict(slot, this.keyOf(slot) ?? '')
        this.remove(slot)
        return
      }
    }
    this.#makeRoom(0, 0, now)
  }

  /** An entry left by itself. */
  remove(slot: number): void {
    if (!this.#pinned.delete(slot)) this.#policy.remove(slot)
    this.#vacate(slot)
  }

  /** Takes everything out, from the first that would have gone to the last; what is pinned comes first. */
  *drain(now: number): Generator<string, void, undefined> {
    for (const slot of this.#pinned) yield this.keyOf(slot) ?? ''
    for (let slot = this.#policy.evict(now); slot !== NONE; slot = this.#policy.evict(now)) yield this.keyOf(slot) ?? ''
  }

  /** Sets both limits anew, and lets go of what they have no room for. */
  resize({ maxEntries = Infinity, maxWeight = Infinity }: Limits, now: number): void {
    checkLimits({ maxEntries, maxWeight })
    this.#maxEntries = maxEntries
    this.#maxWeight = maxWeight
    this.#makeRoom(0, 0, now)
  }

  /** Goes on with another policy, which is told of all that are in, from the first that would have gone to the last. */
  use(policy: Policy, now: number): void {
    const before = this.#policy
    checkedPolicy('use', policy).reserve?.(this.#room)
    for (let slot = before.evict(now); slot !== NONE; slot = before.evict(now)) {
      const key = this.#keys[slot] ?? ''
      policy.add(slot, this.#newcomer(key, this.weightOf(slot), this.untilOf(slot)), now)
    }
    this.#policy = policy
  }

  /** Where entries alone are limited, each weighs one to the policy. */
  #newcomer(key: string, weight: number, until: number): Arrival {
    return new Newcomer(key, this.#maxWeight === Infinity ? 1 : weight, until)
  }

  /** False where nobody is left who could go. */
  #makeRoom(entries: number, weight: number, now: number): boolean {
    while (this.#slots.size + entries > this.#maxEntries || this.#weight + weight > this.#maxWeight) {
      const slot = this.#policy.evict(now)
      if (slot === NONE) return false
      this.#onEvict(slot, this.#keys[slot] ?? '')
      this.#vacate(slot)
    }
    return true
  }

  #vacate(slot: number): void {
    const key = this.#keys[slot]
    if (key === undefined) return
    this.#slots.delete(key)
    this.#keys[slot] = undefined
    this.#free.push(slot)
    this.#weight -= this.weightOf(slot)
  }

  #note(slot: number, weight: number, until: number): void {
    if (weight !== 1) this.#weights ??= new Float64Array(this.#room).fill(1)
    if (this.#weights !== undefined) this.#weights[slot] = weight
    if (until !== Infinity) this.#untils ??= new Float64Array(this.#room).fill(Infinity)
    if (this.#untils !== undefined) this.#untils[slot] = until
  }

  #takeSlot(): number {
    const free = this.#free.pop()
    if (free !== undefined) return free
    const slot = this.#unused
    this.#unused += 1
    this.#reserve(slot + 1)
    return slot
  }

  /** Twice the room each time, but no more than the limit will ever need. */
  #reserve(slots: number): void {
    if (slots <= this.#room) return
    const most = this.#maxEntries + 1
    this.#room = Math.max(FIRST_SLOTS, 2 * this.#room, slots)
    if (slots <= most && most < this.#room) this.#room = most
    this.#policy.reserve?.(this.#room)
    this.#keys.length = this.#room
    if (this.#weights !== undefined) this.#weights = grown(this.#weights, new Float64Array(this.#room))
    if (this.#untils !== undefined) this.#untils = grown(this.#untils, new Float64Array(this.#room))
  }
}
