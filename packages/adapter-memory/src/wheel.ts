/**
 * A hierarchical timing wheel: what is due at some time, in buckets that get coarser the further off that is. Adding
 * and removing cost the same however much it holds, since buckets are lists through the nodes themselves. It keeps no
 * timer and asks no clock. It never gives a node early, and may give it up to one tick late.
 */

export const TICK_MS = 64

/** The buckets of one level; each covers what the whole level below does. Five levels span two years. */
const SLOTS = 64
const LEVELS = 5

/** Calls that took long bring times a little back; more than this is a clock that was set. */
export const BACK_MS = 60_000

/** What it holds. The links are the wheel's own: a node is in one wheel at a time, and in none where `previous` is undefined. */
export interface Spoke<N> {
  readonly dueAt: number
  next: N | undefined
  previous: N | Bucket<N> | undefined
}

/** The head of a list; the first node's `previous`, so that removing it needs no search. */
export class Bucket<N> {
  next: N | undefined
}

export class Wheel<N extends Spoke<N>> {
  readonly #buckets: (Bucket<N> | undefined)[] = []
  /** Buckets whose time has come: their nodes are to be given out, or put closer. */
  readonly #turned: Bucket<N>[] = []
  #tick = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Whether `drain` has something to do. */
  get turned(): boolean {
    return this.#turned.length > 0
  }

  /** Gives the time at which its bucket will turn up. */
  add(node: N): number {
    this.#size += 1
    return this.#place(node)
  }

  remove(node: N): void {
    this.#size -= 1
    unlink(node)
  }

  /** Moves time on. What it costs depends neither on how far, nor on how much the wheel holds. */
  turn(now: number): void {
    const tick = Math.floor(now / TICK_MS)
    if (tick > this.#tick) this.#turnOn(tick)
    else if ((this.#tick - tick) * TICK_MS > BACK_MS) this.#turnBack(tick)
  }

  /**
   * Gives out what is due at `now` and puts closer what is not, until that took `limit` steps: one for each that is put
   * closer, and what `give` says for each that it was given.
   */
  drain(now: number, limit: number, give: (node: N) => number): void {
    let left = limit
    for (let bucket = this.#turned.at(-1); bucket !== undefined; bucket = this.#turned.at(-1)) {
      for (let node = bucket.next; node !== undefined; node = bucket.next) {
        if (left <= 0) return
        unlink(node)
        if (node.dueAt > now) {
          this.#place(node)
          left -= 1
        } else {
          this.#size -= 1
          left -= give(node)
        }
      }
      this.#turned.pop()
    }
  }

  /** When it must be turned and drained next: never later than a tick after the earliest node is due. */
  nextAt(): number {
    if (this.#size === 0) return Infinity
    if (this.turned) return this.#tick * TICK_MS
    let next = Infinity
    for (let level = 0, current = this.#tick; level < LEVELS; level += 1, current = Math.floor(current / SLOTS)) {
      for (let at = level === 0 ? current : current + 1; at < current + SLOTS; at += 1) {
        if (this.#buckets[slotOf(level, at)]?.next === undefined) continue
        next = Math.min(next, turnsAt(level, at))
        break
      }
    }
    return next
  }

  #place(node: N): number {
    let current = this.#tick
    let at = Math.max(Math.floor(node.dueAt / TICK_MS), current)
    let level = 0
    while (at - current >= SLOTS && level < LEVELS - 1) {
      level += 1
      at = Math.floor(at / SLOTS)
      current = Math.floor(current / SLOTS)
    }
    // What lies beyond the last level waits at its end, and is then put closer like all else.
    at = Math.min(at, current + SLOTS - 1)
    link(this.#bucket(slotOf(level, at)), node)
    return turnsAt(level, at)
  }

  #bucket(slot: number): Bucket<N> {
    const known = this.#buckets[slot]
    if (known !== undefined) return known
    const made = new Bucket<N>()
    this.#buckets[slot] = made
    return made
  }

  #turnOn(tick: number): void {
    let from = this.#tick
    let to = tick
    this.#tick = tick
    for (let level = 0; level < LEVELS && from < to; level += 1) {
      // The finest buckets turn up when their tick has passed; the others as they begin, to be spread over finer ones.
      const first = level === 0 ? from : from + 1
      const count = Math.min(to - from, SLOTS)
      for (let passed = 0; passed < count; passed += 1) this.#detach(slotOf(level, first + passed))
      from = Math.floor(from / SLOTS)
      to = Math.floor(to / SLOTS)
    }
  }

  /** A clock that ran ahead and was set right would else leave everything where it turns up long after its time. */
  #turnBack(tick: number): void {
    this.#tick = tick
    for (let slot = 0; slot < this.#buckets.length; slot += 1) this.#detach(slot)
  }

  #detach(slot: number): void {
    const bucket = this.#buckets[slot]
    if (bucket?.next === undefined) return
    this.#turned.push(bucket)
    this.#buckets[slot] = undefined
  }
}

function slotOf(level: number, at: number): number {
  return level * SLOTS + at - Math.floor(at / SLOTS) * SLOTS
}

function turnsAt(level: number, at: number): number {
  return level === 0 ? (at + 1) * TICK_MS : at * SLOTS ** level * TICK_MS
}

function link<N extends Spoke<N>>(bucket: Bucket<N>, node: N): void {
  const { next } = bucket
  node.previous = bucket
  node.next = next
  if (next !== undefined) next.previous = node
  bucket.next = node
}

function unlink<N extends Spoke<N>>(node: N): void {
  const { previous, next } = node
  if (previous !== undefined) previous.next = next
  if (next !== undefined) next.previous = previous
  node.previous = undefined
  node.next = undefined
}
