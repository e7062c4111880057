import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide, holds, live, visible } from '../src/conditions.js'
import type { Condition, Kind } from '../src/contract.js'
import { entry, NOW, put, removal, version } from './support/entries.js'

const kinds: readonly Kind[] = ['value', 'lease', 'tombstone', 'damaged']

describe('what is there', () => {
  it.each(kinds)('a %s is in force and visible as its kind says, until the moment it expires', (kind) => {
    const found = entry('a', { kind, expiresAt: NOW + 1 })
    expect(visible(found, NOW)).toBe(kind === 'value')
    expect(live(found, NOW)).toBe(kind !== 'damaged')
    expect(visible(found, NOW + 1)).toBe(false)
    expect(live(found, NOW + 1)).toBe(false)
  })
})

const stored = fc.option(
  fc.record({ kind: fc.constantFrom(...kinds), expiresAt: fc.constantFrom(NOW, NOW + 1, Infinity) }),
  { nil: undefined },
)

describe('conditions', () => {
  it('absent and present are opposites, and say what a read would give', () => {
    fc.assert(
      fc.property(stored, (facts) => {
        const found = facts === undefined ? undefined : entry('a', facts)
        const seen = found !== undefined && visible(found, NOW)
        expect(holds('present', found, NOW)).toBe(seen)
        expect(holds('absent', found, NOW)).toBe(!seen)
      }),
    )
  })

  it('vacant holds exactly where nothing is in force', () => {
    fc.assert(
      fc.property(stored, (facts) => {
        const found = facts === undefined ? undefined : entry('a', facts)
        expect(holds('vacant', found, NOW)).toBe(found === undefined || !live(found, NOW))
      }),
    )
  })

  it('a version holds over that very version, however it is hidden, and over no other', () => {
    fc.assert(
      fc.property(stored, (facts) => {
        const found = facts === undefined ? undefined : entry('a', facts)
        expect(holds({ version: found?.version ?? version() }, found, NOW)).toBe(found !== undefined)
        expect(holds({ version: version() }, found, NOW)).toBe(false)
      }),
    )
  })

  it('holds where none is set', () => {
    expect(holds(undefined, undefined, NOW)).toBe(true)
    expect(holds(undefined, entry('a'), NOW)).toBe(true)
  })
})

describe('decide', () => {
  it('applies and answers by the condition, and for a removal by what it removed', () => {
    const there = entry('a')
    const when = fc.constantFrom<Condition | undefined>(undefined, 'absent', 'present', 'vacant', there)
    fc.assert(
      fc.property(stored, when, fc.boolean(), (facts, condition, removes) => {
        const found = facts === undefined ? undefined : { ...there, ...facts }
        const change = removes ? removal('k', condition) : put('k', 'b', condition)
        const held = holds(condition, found, NOW)
        const removed = found !== undefined && visible(found, NOW)
        expect(decide(change, found, NOW)).toEqual({ apply: held, answer: held && (!removes || removed) })
      }),
    )
  })
})
