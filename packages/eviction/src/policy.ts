/** What a cache knows of an entry that a policy may need. */
export interface Arrival {
  readonly key: string
  /** 32 bits of the key, for policies that remember who left or count who was asked for. */
  readonly hash: number
  /** How much of the capacity it takes: 1 where entries are counted, their bytes where those are. */
  readonly weight: number
  /** From when on it takes no room any more: milliseconds since the epoch, or `Infinity`. */
  readonly until: number
}

/** The slot of nothing. */
export const NONE = 0

/**
 * Decides who goes when a cache is full. Entries are known by slots: small whole numbers from 1 up, used again once
 * they are free, so that what a policy keeps of each can lie in arrays. It asks no clock and keeps no timers: the time
 * comes with each call. Everything takes the same few steps however much it holds.
 */
export interface Policy {
  readonly name: string
  /** Slots up to this one, not included, may come: room can be made for all at once. */
  reserve?(slots: number): void
  /** An entry came into the cache, which has made room before. */
  add(slot: number, arrival: Arrival, now: number): void
  /** An entry was used. */
  touch(slot: number, now: number): void
  /** An entry was written anew, under the same key: that is a use too. */
  update(slot: number, arrival: Arrival, now: number): void
  /** An entry left the cache by itself. */
  remove(slot: number): void
  /** Lets go of the entry that is worth least, and says which it was; `NONE` where it holds none. */
  evict(now: number): number
}

/** Makes a policy for one cache. */
export type MakePolicy = () => Policy

const STEPS = ['add', 'touch', 'update', 'remove', 'evict'] as const

/** Whether it is a policy at all: `lru` in place of `lru()` is none. */
export function isPolicy(given: unknown): boolean {
  if (typeof given !== 'object' || given === null) return false
  const policy: Partial<Policy> = given
  return STEPS.every((step) => typeof policy[step] === 'function')
}

/** The policy, if it is one: what is none would fail only with the first entry. */
export function checkedPolicy(owner: string, policy: Policy): Policy {
  if (isPolicy(policy)) return policy
  const got = typeof policy === 'function' ? 'a function: call it' : typeof policy
  throw new TypeError(`${owner}: expected a policy with ${STEPS.join(', ')}, got ${got}`)
}
