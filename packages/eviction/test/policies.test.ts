import {
  adaptive,
  fifo,
  lfu,
  lru,
  type MakePolicy,
  NONE,
  type Policy,
  Roster,
  s3fifo,
  session,
  sieve,
  slru,
  tinylfu,
  ttl,
} from '@cachette/eviction'
import { checkPolicy } from '@cachette/eviction/kit'
import { describe, expect, it } from 'vitest'

const ALL: Readonly<Record<string, MakePolicy>> = {
  fifo,
  lru,
  lfu,
  sieve,
  s3fifo,
  slru,
  tinylfu,
  ttl,
  session,
  adaptive,
}

const SEED = 20

describe('the laws of policies', () => {
  it.each(Object.entries(ALL))('are kept by %s', (_, make) => {
    checkPolicy(make, { seed: SEED })
  })

  /** A policy with one method spoilt. */
  const spoilt = (change: (policy: Policy) => Partial<Policy>): MakePolicy => {
    return () => {
      const policy = lru()
      return {
        name: 'spoilt',
        reserve: (slots) => policy.reserve?.(slots),
        add: (slot, arrival, now) => policy.add(slot, arrival, now),
        touch: (slot, now) => policy.touch(slot, now),
        update: (slot, arrival, now) => policy.update(slot, arrival, now),
        remove: (slot) => policy.remove(slot),
        evict: (now) => policy.evict(now),
        ...change(policy),
      }
    }
  }

  it.each([
    ['E1', spoilt(() => ({ evict: () => 1 }))],
    ['E2', spoilt(() => ({ evict: () => NONE }))],
    ['E3', spoilt(() => ({ remove: () => undefined }))],
    ['E4', spoilt((policy) => ({ touch: (slot) => void (slot % 7 === 0 && policy.remove(slot)) }))],
  ])('catch whoever breaks %s', (law, make) => {
    const pattern = law === 'E4' ? /^E[124] .*seed \d+$/ : new RegExp(`^${law} .*seed \\d+$`)
    expect(() => checkPolicy(make, { seed: SEED })).toThrow(pattern)
  })
})

/** Slots 1 to `count`, added in order. */
function filled(policy: Policy, count: number, until: (slot: number) => number = () => Infinity): Policy {
  policy.reserve?.(count + 1)
  for (let slot = 1; slot <= count; slot += 1) {
    policy.add(slot, { key: `k${slot}`, hash: slot * 7919, weight: 1, until: until(slot) }, slot)
  }
  return policy
}

function drained(policy: Policy, now: number): readonly number[] {
  const slots: number[] = []
  for (let slot = policy.evict(now); slot !== NONE; slot = policy.evict(now)) slots.push(slot)
  return slots
}

describe('who goes first', () => {
  it('fifo: who came first', () => {
    const policy = filled(fifo(), 3)
    policy.touch(1, 9)
    expect(drained(policy, 9)).toEqual([1, 2, 3])
  })

  it('lru: who was used longest ago', () => {
    const policy = filled(lru(), 3)
    policy.touch(1, 9)
    expect(drained(policy, 9)).toEqual([2, 3, 1])
  })

  it('lfu: who was used least often, then longest ago', () => {
    const policy = filled(lfu(), 4)
    for (const slot of [2, 3, 2, 1]) policy.touch(slot, 9)
    expect(drained(policy, 9)).toEqual([4, 3, 1, 2])
  })

  it('sieve: who was not used since the hand came by', () => {
    const policy = filled(sieve(), 4)
    policy.touch(1, 9)
    policy.touch(3, 9)
    expect(policy.evict(9)).toBe(2)
    expect(drained(policy, 9)).toEqual([4, 1, 3])
  })

  it('slru: who never came back', () => {
    const policy = filled(slru(), 5)
    policy.touch(1, 9)
    policy.touch(2, 9)
    expect(drained(policy, 9)).toEqual([3, 4, 5, 1, 2])
  })

  it('ttl: who ends soonest, and at last who never does', () => {
    const minutes = [3, 1, Infinity, 2, 600]
    const policy = filled(ttl(), 5, (slot) => (minutes[slot - 1] ?? 0) * 60_000)
    expect(drained(policy, 10)).toEqual([2, 4, 1, 5, 3])
  })

  it('ttl: to an eighth of the time that is left, whenever it is asked', () => {
    const policy = ttl()
    const untils = new Map<number, number>()
    const next = Array.from({ length: 2_000 }, (_, at) => (at * 7_919_317) % 50_000_003)
    policy.reserve?.(2_001)
    for (const [at, until] of next.entries()) {
      const slot = at + 1
      untils.set(slot, until)
      policy.add(slot, { key: `k${slot}`, hash: slot, weight: 1, until }, at * 1_000)
    }
    for (let now = 2_000_000; untils.size > 0; now += 10_000) {
      const slot = policy.evict(now)
      const left = (untils.get(slot) ?? 0) - now
      untils.delete(slot)
      const least = Math.min(...untils.values()) - now
      if (untils.size > 0) expect(left).toBeLessThanOrEqual(Math.max(least, 0) * (1 + 1 / 8) + 1)
    }
  })

  it('session: who never came back, however live, before who did; then who was idle longest', () => {
    const policy = filled(session({ idleMs: 1_000 }), 4)
    policy.touch(1, 100)
    policy.touch(2, 200)
    expect(policy.evict(500)).toBe(3)
    policy.touch(2, 1_500)
    // Slot 4 came before slot 1 was used; slot 1 has been idle for long by now, and slot 2 is live.
    expect(drained(policy, 1_600)).toEqual([4, 1, 2])
  })

  it('session: a regular that has been idle for too long goes before a visitor that came later', () => {
    const policy = filled(session({ idleMs: 1_000 }), 1)
    policy.touch(1, 10)
    policy.reserve?.(3)
    policy.add(2, { key: 'k2', hash: 2, weight: 1, until: Infinity }, 2_000)
    expect(drained(policy, 2_001)).toEqual([1, 2])
    expect(() => session({ idleMs: 0 })).toThrow('idleMs')
  })
})

describe('a roster', () => {
  const gone: string[] = []
  const onEvict = (_: number, key: string): void => void gone.push(key)

  it('keeps within entries and weight, and refuses what is larger than all room', () => {
    gone.length = 0
    const roster = new Roster({ policy: lru(), maxEntries: 3, maxWeight: 10, onEvict })
    for (const [key, weight] of [
      ['a', 4],
      ['b', 4],
      ['c', 4],
      ['d', 1],
      ['e', 1],
    ] as const)
      roster.add(key, weight, Infinity, 0)
    expect(gone).toEqual(['a', 'b'])
    expect(roster.add('f', 11, Infinity, 0)).toBe(NONE)
    expect([...roster.keys()]).toEqual(['c', 'd', 'e'])
    expect(roster.weight).toBe(6)
    roster.update(roster.slotOf('e'), 9, Infinity, 0)
    expect([...roster.keys()]).toEqual(['d', 'e'])
    roster.update(roster.slotOf('d'), 99, Infinity, 0)
    expect([...roster.keys()]).toEqual(['e'])
  })

  it('never lets go of what is pinned, which counts all the same', () => {
    const roster = new Roster({ policy: fifo(), maxEntries: 2, isPinned: (key) => key.startsWith('!') })
    for (const key of ['!a', 'b', 'c', '!d', 'e']) roster.add(key, 1, Infinity, 0)
    expect([...roster.keys()]).toEqual(['!a', '!d'])
    roster.touch(roster.slotOf('!a'), 1)
    roster.remove(roster.slotOf('!a'))
    roster.add('f', 1, Infinity, 0)
    expect([...roster.keys()]).toEqual(['!d', 'f'])
  })

  it('changes its limits and its policy and forgets nobody', () => {
    gone.length = 0
    const roster = new Roster({ policy: lru(), maxEntries: 100, onEvict })
    for (let key = 0; key < 100; key += 1) roster.add(String(key), 1, 1_000 + key, 0)
    for (let key = 0; key < 50; key += 1) roster.touch(roster.slotOf(String(key)), 1)
    for (const make of Object.values(ALL)) roster.use(make(), 2)
    expect(roster.policy).toBe('adaptive')
    roster.use(ttl(), 2)
    expect([roster.size, gone.length]).toEqual([100, 0])
    roster.resize({ maxEntries: 10 }, 2)
    expect(roster.size).toBe(10)
    expect(Math.min(...Array.from(roster.keys(), Number))).toBeGreaterThan(80)
    expect(new Set(roster.drain(2))).toEqual(new Set(roster.keys()))
  })
})
