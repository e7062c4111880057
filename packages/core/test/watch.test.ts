import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LoadWatch } from '../src/watch.js'
import { call, put, removal } from './support/entries.js'
import { rejectionOf } from './support/failures.js'
import { testLoad } from './support/loads.js'
import { shelled } from './support/shells.js'

/** A store with a load under way over a key. */
function loading(key = 'a') {
  const parts = shelled()
  const load = testLoad()
  void parts.base.read([key], call({ load }))
  return { ...parts, load }
}

describe('a load is void', () => {
  it.each([
    ['set', put('a', '1')],
    ['removed', removal('a')],
    ['set where it is absent', put('a', '1', 'absent')],
  ])('once its key has been %s', (_, change) => {
    const { base, load } = loading()
    void base.write([put('b', '1')], call())
    expect(load.voided).toBe(false)
    void base.write([change], call())
    expect(load.voided).toBe(true)
  })

  it('once a prefix of its key has been cleared', () => {
    const { base, load } = loading('ab')
    void base.clear('b', call())
    expect(load.voided).toBe(false)
    void base.clear('a', call())
    expect(load.voided).toBe(true)
  })

  it('as soon as a write without a condition has begun', async () => {
    const { base, load, store } = loading()
    store.held = true
    const written = base.write([put('a', '1')], call())
    expect(load.voided).toBe(true)
    await store.settleAll()
    await written
  })

  it('when a write with a condition has been judged, and only if it held', async () => {
    const { base, load, store } = loading()
    store.held = true
    const refused = base.write([put('a', '1', 'present')], call())
    await store.settleAll()
    expect([await refused, load.voided]).toEqual([[false], false])
    const held = base.write([put('a', '1', 'absent')], call())
    expect(load.voided).toBe(false)
    await store.settleAll()
    expect([await held, load.voided]).toEqual([[true], true])
  })

  it('when a write with a condition failed, since it may have taken effect', async () => {
    const { base, load, store } = loading()
    store.held = true
    const failed = base.write([put('a', '1', 'absent')], call())
    store.pending[0]?.fail(new Error('connection lost'))
    expect((await rejectionOf(failed)).outcome).toBe('unknown')
    expect(load.voided).toBe(true)

    const ready = loading()
    ready.store.failure = new Error('broken')
    expect(() => ready.base.write([put('a', '1', 'absent')], call())).toThrow('broken')
    expect(ready.load.voided).toBe(true)
  })

  it('by no call of its own', () => {
    const { base, load } = loading()
    const own = call({ load })
    void base.write([put('a', '1', 'absent')], own)
    void base.write([put('a', '2')], own)
    void base.clear('', own)
    expect(load.voided).toBe(false)
  })
})

describe('LoadWatch', () => {
  it('voids exactly the loads that were under way over what was changed, by others', () => {
    const key = fc.constantFrom('a', 'ab', 'b')
    const step = fc.oneof(
      fc.record({ what: fc.constant('watch' as const), load: fc.nat(3), key }),
      fc.record({ what: fc.constantFrom('write' as const, 'clear' as const, 'end' as const), load: fc.nat(4), key }),
    )
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const watch = new LoadWatch()
        const loads = Array.from({ length: 4 }, testLoad)
        const watched = loads.map(() => new Set<string>())
        const voided = new Set<number>()
        for (const { what, load: at, key: touched } of steps) {
          const load = loads[at]
          if (what === 'watch' && load !== undefined) watch.watch([touched, touched], load)
          if (what === 'watch') watched[at]?.add(touched)
          if (what === 'write') watch.writing([removal(touched)], load)
          if (what === 'clear') watch.clearing(touched, load)
          if (what === 'end') load?.end()
          if (what === 'end') watched[at]?.clear()
          const hit = (other: string): boolean => (what === 'write' ? other === touched : other.startsWith(touched))
          if (what !== 'write' && what !== 'clear') continue
          watched.forEach((keys, index) => {
            if (index !== at && [...keys].some(hit)) voided.add(index)
          })
        }
        expect(loads.map((load) => load.voided)).toEqual(loads.map((_, index) => voided.has(index)))
      }),
    )
  })
})
