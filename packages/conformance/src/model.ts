import { type Call, type Change, decide, type Entry, holds, visible } from '@cachette/core'

/** `either`: the answer depends on whether an entry past its keptUntil has been reclaimed yet, which nobody may say. */
export type Expectation = boolean | 'either'

/** What a store must hold: a map and the contract's own rules. It has no clock; every question says what time it is. */
export class Model {
  readonly #entries = new Map<string, Entry<unknown>>()

  /** What is stored under the key, seen or not, unless it is past its keptUntil. */
  stored(key: string, now: number): Entry<unknown> | undefined {
    const entry = this.#entries.get(key)
    return entry !== undefined && now < entry.keptUntil ? entry : undefined
  }

  /** What a call is shown of the key. */
  shown(key: string, call: Pick<Call, 'now' | 'show'>): Entry<unknown> | undefined {
    const entry = this.stored(key, call.now)
    if (entry === undefined || call.show === 'all') return entry
    if (call.show === 'kept') return entry.kind === 'value' ? entry : undefined
    return visible(entry, call.now) ? entry : undefined
  }

  /** What the change must answer now. */
  expects(change: Change<unknown>, now: number): Expectation {
    const over = this.#entries.get(change.key)
    if (this.#isInDoubt(change, now)) return change.entry === undefined ? false : 'either'
    return decide(change, over, now).answer
  }

  /** Whether its condition holds, as far as that can be said. */
  holds(change: Change<unknown>, now: number): boolean {
    return holds(change.when, this.stored(change.key, now), now)
  }

  /** Follows what the store did with the change, as it answered. */
  apply(change: Change<unknown>, answer: boolean, now: number): void {
    const isDone = this.#isInDoubt(change, now) ? answer : decide(change, this.#entries.get(change.key), now).apply
    if (!isDone) return
    if (change.entry === undefined) this.#entries.delete(change.key)
    else this.#entries.set(change.key, change.entry)
  }

  clear(prefix: string): void {
    for (const key of [...this.#entries.keys()]) if (key.startsWith(prefix)) this.#entries.delete(key)
  }

  #isInDoubt(change: Change<unknown>, now: number): boolean {
    const over = this.#entries.get(change.key)
    return typeof change.when === 'object' && over !== undefined && now >= over.keptUntil
  }
}
