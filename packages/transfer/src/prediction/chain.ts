import { Recent } from './recent.js'

/** Of the keys that followed a key, so many are kept. */
const MOST_SUCCESSORS = 4

/** From here on counts are halved: what was so once gives way to what is so now. */
const MOST_COUNTED = 64

/** Once may be chance. */
const FEWEST_SEEN = 2

interface Successors {
  readonly counts: Map<string, number>
  /** How often the key was followed by any. */
  total: number
}

/** Which key follows which, counted (a Markov chain of the first order) for the keys that came last. */
export class Chain {
  readonly #states: Recent<Successors>

  constructor(maxStates: number) {
    this.#states = new Recent(maxStates)
  }

  get size(): number {
    return this.#states.size
  }

  learn(key: string, next: string): void {
    const state = this.#states.get(key) ?? { counts: new Map<string, number>(), total: 0 }
    this.#states.set(key, state)
    state.total += 1
    const { counts } = state
    const known = counts.get(next)
    if (known !== undefined || counts.size < MOST_SUCCESSORS) counts.set(next, (known ?? 0) + 1)
    // One that finds no room takes one off each (Misra and Gries, 1982): what comes often stays, whatever else comes.
    else lessen(counts, (count) => count - 1)
    if (state.total < MOST_COUNTED) return
    state.total = Math.floor(state.total / 2)
    lessen(counts, (count) => Math.floor(count / 2))
  }

  /** What follows a key at least so often, the likeliest first. */
  likely(key: string, confidence: number): readonly string[] {
    const state = this.#states.get(key)
    if (state === undefined) return []
    const fewest = Math.max(FEWEST_SEEN, state.total * confidence)
    const found = [...state.counts].filter(([, count]) => count >= fewest)
    return found.sort(([, a], [, b]) => b - a).map(([next]) => next)
  }
}

function lessen(counts: Map<string, number>, by: (count: number) => number): void {
  for (const [key, count] of counts) {
    const left = by(count)
    if (left > 0) counts.set(key, left)
    else counts.delete(key)
  }
}
