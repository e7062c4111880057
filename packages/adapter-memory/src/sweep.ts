import type { Clock, Timer } from '@cachette/core'
import { type Spoke, Wheel } from './wheel.js'

/** What one run of the timer works through, about half a millisecond; then the event loop has its turn. */
const STEPS_PER_RUN = 1000

/** What a write works through for each of its changes: more than it can add, so a busy loop of writes cannot outgrow it. */
const STEPS_PER_CHANGE = 8

/** A map moves four keys in about the time that it takes to reclaim one. */
const MOVES_PER_STEP = 4

/** Further apart than any two clocks that mean the same time. */
const FOREIGN_MS = 60_000

/** Reclaims what is kept no longer, in slices. Its timer is set only while something waits for it. */
export class Sweep<N extends Spoke<N>> {
  readonly #clock: Clock
  readonly #reclaim: (node: N) => number
  #wheel = new Wheel<N>()
  #timer: Timer | undefined
  #wakeAt = Infinity

  /** `reclaim` gives how many others had to be moved for it. */
  constructor(clock: Clock, reclaim: (node: N) => number) {
    this.#clock = clock
    this.#reclaim = (node) => 1 + reclaim(node) / MOVES_PER_STEP
  }

  add(node: N, now: number): void {
    this.#arm(this.#wheel.add(node), now)
  }

  /** After the node's time has changed. */
  move(node: N, now: number): void {
    this.#wheel.remove(node)
    this.#arm(this.#wheel.add(node), now)
  }

  remove(node: N): void {
    this.#wheel.remove(node)
    if (this.#wheel.size === 0) this.#disarm()
  }

  /** A write's part of the work. */
  help(changes: number, now: number): void {
    this.#wheel.turn(now)
    if (this.#wheel.turned) this.#wheel.drain(now, changes * STEPS_PER_CHANGE, this.#reclaim)
  }

  /** Forgets everything at once. */
  reset(): void {
    this.#wheel = new Wheel()
    this.#disarm()
  }

  /**
   * Where calls bring the time of another clock, as when a test hands its own to the cache alone, this one's says nothing
   * about when their entries end: then writes do all the work, by the time that they bring.
   */
  #arm(at: number, now: number): void {
    if (at >= this.#wakeAt) return
    const ownNow = this.#clock.now()
    if (Math.abs(ownNow - now) > FOREIGN_MS) return
    this.#timer?.cancel()
    this.#wakeAt = at
    this.#timer = this.#clock.setTimer(Math.max(at - ownNow, 0), () => this.#run(), { background: true })
  }

  #disarm(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#wakeAt = Infinity
  }

  #run(): void {
    this.#disarm()
    const now = this.#clock.now()
    this.#wheel.turn(now)
    this.#wheel.drain(now, STEPS_PER_RUN, this.#reclaim)
    this.#arm(this.#wheel.nextAt(), now)
  }
}
