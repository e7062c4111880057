import type { ChaosFault, ChaosRates } from './options.js'

const FAULTS: readonly ChaosFault[] = ['error', 'hang', 'delay', 'lostAnswer', 'partial', 'flip', 'stale']

/** Numbers that look random, and are the same for the same call under the same seed, whatever became of other calls. */
class Dice {
  #state: number

  constructor(seed: number, call: number) {
    this.#state = Math.imul(seed ^ Math.imul(call, 0x9e3779b1), 0x85ebca77)
  }

  /** At least 0, below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }

  /** A whole number, at least 0, below the limit. */
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }
}

/** What is to befall one call. All of it is drawn when the call comes, so that the order of answers changes nothing. */
export class Fate {
  /** How manieth call it is. */
  readonly call: number
  readonly dice: Dice
  readonly #strikes: ReadonlySet<ChaosFault>

  constructor(seed: number, call: number, rates: Required<ChaosRates>) {
    this.call = call
    this.dice = new Dice(seed, call)
    this.#strikes = new Set(FAULTS.filter((fault) => this.dice.next() < (rates[fault] ?? 0)))
  }

  has(fault: ChaosFault): boolean {
    return this.#strikes.has(fault)
  }
}
