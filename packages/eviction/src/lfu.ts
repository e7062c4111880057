import { Links, Queue } from './links.js'
import { NONE, type Policy } from './policy.js'

/** Who was used least often since it came goes first; of several, who was used longest ago. */
export function lfu(): Policy {
  return new Lfu()
}

/** All that were used equally often. Rungs stand in the order of their uses, and only while somebody is on them. */
class Rung {
  readonly uses: number
  readonly queue: Queue
  lower: Rung | undefined
  higher: Rung | undefined

  constructor(uses: number, links: Links) {
    this.uses = uses
    this.queue = new Queue(links)
    this.lower = undefined
    this.higher = undefined
  }
}

class Lfu implements Policy {
  readonly name = 'lfu'
  readonly #links = new Links()
  readonly #rungs: (Rung | undefined)[] = [undefined]
  #lowest: Rung | undefined

  reserve(slots: number): void {
    this.#links.reserve(slots)
  }

  add(slot: number): void {
    if (this.#lowest?.uses !== 1) this.#lowest = this.#inserted(1, undefined, this.#lowest)
    this.#enter(slot, this.#lowest)
  }

  touch(slot: number): void {
    const rung = this.#rungs[slot]
    if (rung === undefined) return
    const uses = rung.uses + 1
    const next = rung.higher?.uses === uses ? rung.higher : this.#inserted(uses, rung, rung.higher)
    this.#leave(slot, rung)
    this.#enter(slot, next)
  }

  update(slot: number): void {
    this.touch(slot)
  }

  remove(slot: number): void {
    const rung = this.#rungs[slot]
    if (rung !== undefined) this.#leave(slot, rung)
  }

  evict(): number {
    const slot = this.#lowest?.queue.first ?? NONE
    this.remove(slot)
    return slot
  }

  #inserted(uses: number, lower: Rung | undefined, higher: Rung | undefined): Rung {
    const rung = new Rung(uses, this.#links)
    rung.lower = lower
    rung.higher = higher
    if (lower !== undefined) lower.higher = rung
    if (higher !== undefined) higher.lower = rung
    return rung
  }

  #enter(slot: number, rung: Rung): void {
    rung.queue.push(slot)
    this.#rungs[slot] = rung
  }

  #leave(slot: number, rung: Rung): void {
    rung.queue.remove(slot)
    this.#rungs[slot] = undefined
    if (rung.queue.size > 0) return
    if (rung.lower !== undefined) rung.lower.higher = rung.higher
    if (rung.higher !== undefined) rung.higher.lower = rung.lower
    if (this.#lowest === rung) this.#lowest = rung.higher
  }
}
