import { grown, Links, Queue } from './links.js'
import { type Arrival, NONE, type Policy } from './policy.js'

export interface SessionOptions {
  /** A session that was used within so many milliseconds is live. Default 1,800,000: half an hour. */
  readonly idleMs?: number | undefined
}

export const SESSION_DEFAULTS: { readonly idleMs: number } = { idleMs: 1_800_000 }

/**
 * Who has been idle longest goes first. As long as somebody has only just come and never came back, no live session goes:
 * a flood of new ones, as robots bring, drives out nothing but itself.
 */
export function session({ idleMs = SESSION_DEFAULTS.idleMs }: SessionOptions = {}): Policy {
  if (!(typeof idleMs === 'number' && idleMs > 0)) {
    throw new TypeError(`session: expected idleMs to be a positive number, got ${String(idleMs)}`)
  }
  return new Session(idleMs)
}

class Session implements Policy {
  readonly name = 'session'
  readonly #idleMs: number
  readonly #links = new Links()
  /** Both by last use. */
  readonly #visitors = new Queue(this.#links)
  readonly #regulars = new Queue(this.#links)
  #cameBack = new Uint8Array(0)
  #usedAt = new Float64Array(0)

  constructor(idleMs: number) {
    this.#idleMs = idleMs
  }

  reserve(slots: number): void {
    this.#links.reserve(slots)
    if (slots <= this.#usedAt.length) return
    this.#cameBack = grown(this.#cameBack, new Uint8Array(slots))
    this.#usedAt = grown(this.#usedAt, new Float64Array(slots))
  }

  add(slot: number, _: Arrival, now: number): void {
    this.#cameBack[slot] = 0
    this.#usedAt[slot] = now
    this.#visitors.push(slot)
  }

  touch(slot: number, now: number): void {
    this.#of(slot).remove(slot)
    this.#cameBack[slot] = 1
    this.#usedAt[slot] = now
    this.#regulars.push(slot)
  }

  /** The request that begins a session often writes it more than once: that is no coming back. */
  update(slot: number, _: Arrival, now: number): void {
    this.#usedAt[slot] = now
    this.#of(slot).renew(slot)
  }

  remove(slot: number): void {
    this.#of(slot).remove(slot)
  }

  evict(now: number): number {
    const visitor = this.#visitors.first
    const regular = this.#regulars.first
    const slot = this.#isSooner(regular, visitor, now) ? regular : visitor
    if (slot !== NONE) this.remove(slot)
    return slot
  }

  /** Whether the regular goes before the visitor. */
  #isSooner(regular: number, visitor: number, now: number): boolean {
    if (regular === NONE || visitor === NONE) return visitor === NONE
    const usedAt = this.#usedAt[regular] ?? now
    return now - usedAt >= this.#idleMs && usedAt <= (this.#usedAt[visitor] ?? now)
  }

  #of(slot: number): Queue {
    return this.#cameBack[slot] === 1 ? this.#regulars : this.#visitors
  }
}
