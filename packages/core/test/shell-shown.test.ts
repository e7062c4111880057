import { describe, expect, it, vi } from 'vitest'
import type { Kind } from '../src/contract.js'
import type { Notice } from '../src/told.js'
import { turns } from './support/deferred.js'
import { call, entry, NOW, put } from './support/entries.js'
import { rejectionOf } from './support/failures.js'
import { keysOf, shelled } from './support/shells.js'
import type { TestStore } from './support/test-store.js'

describe('what is shown', () => {
  const kinds: readonly Kind[] = ['value', 'lease', 'tombstone']

  it.each([
    ['live', ['value']],
    ['kept', ['value', 'value expired']],
    ['all', ['value', 'value expired', 'lease', 'lease expired', 'tombstone', 'tombstone expired']],
  ] as const)('to a call that wants %s: %j, in reads and scans alike', async (show, expected) => {
    const { base, store } = shelled()
    for (const kind of kinds) {
      store.entries.set(kind, entry('1', { kind }))
      store.entries.set(`${kind} expired`, entry('1', { kind, expiresAt: NOW, keptUntil: NOW + 1 }))
      store.entries.set(`${kind} over`, entry('1', { kind, expiresAt: NOW - 1, keptUntil: NOW }))
    }
    const keys = [...store.entries.keys()]
    const found = await base.read(keys, call({ show }))
    expect(keys.filter((_, index) => found[index] !== undefined)).toEqual(expected)
    expect(await keysOf(base.scan('', call({ show })))).toEqual(expected)
  })
})

describe('a damaged entry', () => {
  const damage = (store: TestStore<string>) => {
    const found = entry('?', { kind: 'damaged' })
    store.entries.set('a', found)
    return found
  }

  it.each(['live', 'kept'] as const)('is absent (%s), told, and reclaimed as it was read', async (show) => {
    const { base, store, notices } = shelled()
    damage(store)
    const own = call({ show })
    expect(base.read(['a'], own)).toEqual([undefined])
    await turns()
    expect(notices).toEqual([{ type: 'damage', id: own.id, key: 'a', source: 'test' }])
    expect(store.values).toEqual({})
  })

  it('is never reclaimed once it has been replaced', async () => {
    const { base, store } = shelled()
    damage(store)
    void base.read(['a'], call())
    void base.write([put('a', 'new')], call())
    await turns()
    expect(store.calls).toEqual(['read a', 'write a', 'write a'])
    expect(store.values).toEqual({ a: 'new' })
  })

  it('is absent to the very next call, where the store answers at once', () => {
    const { base, store } = shelled()
    damage(store)
    expect(base.read(['a'], call())).toEqual([undefined])
    expect(base.write([put('a', 'new', 'absent')], call())).toEqual([true])
  })

  it('is shown to a sweep', () => {
    const { base, store } = shelled()
    damage(store)
    expect(base.read(['a'], call({ show: 'all' }))).toMatchObject([{ kind: 'damaged' }])
  })

  it('is hidden from scans, told and reclaimed as well', async () => {
    const { base, store, notices } = shelled()
    damage(store)
    store.entries.set('b', entry('1'))
    expect(await keysOf(base.scan('', call()))).toEqual(['b'])
    await turns()
    expect(notices).toHaveLength(1)
    expect(store.values).toEqual({ b: '1' })
  })

  it('stays where the store cannot tell it from a newer one', async () => {
    const { base, store, notices } = shelled({ conditional: 'none' })
    damage(store)
    expect(base.read(['a'], call())).toEqual([undefined])
    await turns()
    expect(notices).toHaveLength(1)
    expect(store.calls).toEqual(['read a'])
  })

  it('that cannot be reclaimed is told too, and harms nobody', async () => {
    const { base, store, notices } = shelled()
    damage(store)
    store.write = () => {
      throw new Error('broken')
    }
    void base.read(['a'], call())
    await turns()
    expect(notices).toMatchObject([
      { type: 'damage' },
      { type: 'failure', operation: 'write', error: { code: 'BACKEND' } },
    ])
  })

  it('is told to those who still listen', () => {
    const { base, store } = shelled()
    damage(store)
    const heard = vi.fn<(notice: Notice) => void>()
    const stop = base.observe(heard)
    void base.read(['a'], call())
    stop()
    void base.read(['a'], call())
    expect(heard).toHaveBeenCalledTimes(1)
  })
})

describe('a scan', () => {
  it('gives what begins with the prefix, and frees the store when it is left early', async () => {
    const { base, store } = shelled()
    for (const key of ['a1', 'a2', 'a3', 'b']) store.entries.set(key, entry(key))
    expect(await keysOf(base.scan('a', call()))).toEqual(['a1', 'a2', 'a3'])
    for await (const _ of base.scan('a', call())) {
      expect(store.scansOpen).toBe(1)
      break
    }
    expect(store.scansOpen).toBe(0)
  })

  it('leaves out pages with nothing to show', async () => {
    const { base, store } = shelled()
    for (const key of ['a', 'b', 'c', 'd'])
      store.entries.set(key, entry(key, { expiresAt: key < 'c' ? NOW : Infinity }))
    const pages: number[] = []
    for await (const page of base.scan('', call())) pages.push(page.length)
    expect(pages).toEqual([2])
  })

  it('fails with a typed error', async () => {
    const { base, store } = shelled()
    store.entries.set('a', entry('1'))
    store.failure = new Error('broken')
    expect(await rejectionOf(keysOf(base.scan('', call())))).toMatchObject({ code: 'BACKEND', operation: 'scan' })
    expect(store.scansOpen).toBe(0)
  })

  it('fails in time when a page hangs, and when the writes before it do', async () => {
    const { base, store, clock } = shelled()
    store.entries.set('a', entry('1'))
    store.held = true
    const hung = keysOf(base.scan('', call({ deadline: NOW + 10 })))
    await turns()
    void base.write([put('b', '1')], call())
    const behind = keysOf(base.scan('', call({ deadline: NOW + 10 })))
    await turns()
    clock.advance(10)
    expect((await rejectionOf(hung)).code).toBe('TIMEOUT')
    expect((await rejectionOf(behind)).code).toBe('TIMEOUT')
    expect(clock.pending).toBe(0)
  })
})
