/** Holds policies to what a cache rests on: for those who write their own, in a test. */

import { checkedPolicy, type MakePolicy, NONE, type Policy } from './policy.js'

export const POLICY_LAWS = {
  E1: 'What is evicted was in, and is no longer.',
  E2: 'Nothing is evicted where nothing is in, and something wherever something is.',
  E3: 'What was removed is not evicted, until it comes again.',
  E4: 'Nothing is lost: all that is in can be evicted, each once.',
} as const

export type PolicyLaw = keyof typeof POLICY_LAWS

export interface KitOptions {
  /** How many caches are made up. Default 200. */
  readonly runs?: number | undefined
  /** Of what happens in them. Default: the time. It is in the error of a law that is broken. */
  readonly seed?: number | undefined
}

const STEPS = 300
const MOST_SLOTS = 40
/** Of the steps that are told of a broken law. */
const TOLD = 12

/** Throws an error that names the law, what had happened before and the seed, where the policy breaks one. */
export function checkPolicy(make: MakePolicy, { runs = 200, seed = Date.now() % 2 ** 31 }: KitOptions = {}): void {
  if (typeof make !== 'function') {
    throw new TypeError(`checkPolicy: expected a function that makes a policy, as lru, got ${typeof make}`)
  }
  for (let run = 0; run < runs; run += 1) new Run(checkedPolicy('checkPolicy', make()), seed + run).play()
}

class Run {
  readonly #policy: Policy
  readonly #seed: number
  readonly #random: () => number
  readonly #held = new Set<number>()
  readonly #steps: string[] = []
  #room = 0
  #now = 1_700_000_000_000

  constructor(policy: Policy, seed: number) {
    this.#policy = policy
    this.#seed = seed
    this.#random = numbers(seed)
  }

  play(): void {
    for (let step = 0; step < STEPS; step += 1) this.#step()
    for (let left = this.#held.size; left > 0; left -= 1) this.#evict('E4')
    this.#evict('E2')
  }

  #step(): void {
    this.#now += this.#below(3) === 0 ? this.#below(10_000_000) : 0
    const slot = this.#below(MOST_SLOTS) + 1
    const isIn = this.#held.has(slot)
    const kind = this.#below(10)
    if (kind === 0) this.#evict('E2')
    else if (!isIn) this.#add(slot)
    else if (kind === 1) this.#told(`remove(${slot})`, () => this.#remove(slot))
    else if (kind === 2) this.#told(`update(${slot})`, () => this.#policy.update(slot, this.#arrival(slot), this.#now))
    else this.#told(`touch(${slot})`, () => this.#policy.touch(slot, this.#now))
  }

  /** As a cache does: room for the slot first, then what has to go, then the newcomer. */
  #add(slot: number): void {
    if (this.#held.size > MOST_SLOTS / 2) this.#evict('E2')
    if (slot >= this.#room) {
      this.#room = slot + 1 + this.#below(8)
      this.#told(`reserve(${this.#room})`, () => this.#policy.reserve?.(this.#room))
    }
    this.#told(`add(${slot})`, () => this.#policy.add(slot, this.#arrival(slot), this.#now))
    this.#held.add(slot)
  }

  #remove(slot: number): void {
    this.#policy.remove(slot)
    this.#held.delete(slot)
  }

  #evict(law: PolicyLaw): void {
    let slot: number = NONE
    this.#told('evict()', () => {
      slot = this.#policy.evict(this.#now)
    })
    if (slot === NONE && this.#held.size === 0) return
    if (slot === NONE) this.#broken(law, `nothing, where ${this.#held.size} were in`)
    if (!this.#held.delete(slot)) this.#broken(this.#wasRemoved(slot) ? 'E3' : 'E1', `slot ${slot}, which was not in`)
  }

  #wasRemoved(slot: number): boolean {
    const last = this.#steps.findLast((step) => step.endsWith(`(${slot})`))
    return last?.startsWith('remove') === true
  }

  #told(step: string, run: () => void): void {
    this.#steps.push(step)
    run()
  }

  #arrival(slot: number): Parameters<Policy['add']>[1] {
    const until = this.#below(3) === 0 ? Infinity : this.#now + this.#below(100_000_000) - 1_000
    const named = slot + MOST_SLOTS * this.#below(3)
    return { key: `key ${named}`, hash: Math.imul(named, 0x9e3779b1) >>> 0, weight: this.#below(4), until }
  }

  #broken(law: PolicyLaw, got: string): never {
    const steps = this.#steps.slice(-TOLD).join(', ')
    throw new Error(
      `${law} ${POLICY_LAWS[law]} ${this.#policy.name} gave ${got} · after … ${steps} · seed ${this.#seed}`,
    )
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }
}

/** From 0 up to, but not including, 1; the same ones for the same seed. */
function numbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
}
