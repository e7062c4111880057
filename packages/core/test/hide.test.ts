import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compose } from '../src/compose.js'
import { decide } from '../src/conditions.js'
import type { Call, Change, Condition, Entry, Found, Traits, Version } from '../src/contract.js'
import { hide } from '../src/hide.js'
import { deferred, turns } from './support/deferred.js'
import { call, entry, NOW, put, removal } from './support/entries.js'
import { expectCode, rejectionOf, thrownBy } from './support/failures.js'
import { keysOf, shelled } from './support/shells.js'
import { TestStore } from './support/test-store.js'

const nameOf = ({ time, count, writer }: Version): string => [time, count, writer].join()

/** A stack over a layer that hides the versions it is told to. */
function hiding(traits: Partial<Traits> = {}, store = new TestStore<string>(traits), isLate = false) {
  const parts = shelled(traits, store)
  const hidden = new Set<string>()
  const layer = hide({
    name: 'hiding',
    hidden: (_, { version }) => (isLate ? Promise.resolve(hidden.has(nameOf(version))) : hidden.has(nameOf(version))),
  })
  const hideKey = (key: string): void => {
    const found = store.entries.get(key)
    if (found?.kind === 'value') hidden.add(nameOf(found.version))
  }
  const stack = compose(parts.base, [layer])
  return { ...parts, store, stack, hidden, hideKey }
}

describe('what is hidden', () => {
  const seen = () => {
    const parts = hiding()
    for (const key of ['a', 'b', 'c']) parts.store.entries.set(key, entry(key))
    parts.hideKey('b')
    return parts
  }

  it('is absent to reads and scans, and shown to a sweep', async () => {
    const { stack } = seen()
    expect(stack.read(['a', 'b', 'b', 'x'], call())).toMatchObject([{ value: 'a' }, undefined, undefined, undefined])
    expect(await keysOf(stack.scan('', call()))).toEqual(['a', 'c'])
    expect(stack.read(['b'], call({ show: 'all' }))).toMatchObject([{ value: 'b' }])
    expect(await keysOf(stack.scan('', call({ show: 'all' })))).toEqual(['a', 'b', 'c'])
  })

  it('takes no page of its own in a scan', async () => {
    const { stack, store, hideKey } = seen()
    store.pageSize = 1
    hideKey('c')
    let pages = 0
    for await (const page of stack.scan('', call())) pages += page.length
    expect(pages).toBe(1)
  })

  it('is absent where it is kept past its expiry, also inside a lease', () => {
    const { stack, store, hideKey } = hiding()
    const over = { expiresAt: NOW }
    store.entries.set('a', entry('1', over))
    store.entries.set('b', entry('2', over))
    hideKey('b')
    expect(stack.read(['a', 'b'], call({ show: 'kept' }))).toMatchObject([{ value: '1' }, undefined])
  })

  it('is judged by the layer, with headers, as the call that asks', () => {
    const { base, store } = shelled()
    store.entries.set('a', entry('1'))
    const asked: [string, Found<unknown>, Call][] = []
    const layer = hide({
      name: 'asking',
      needs: {},
      state: 'own',
      hidden: (...args) => {
        asked.push(args)
        return false
      },
    })
    expect(layer).toMatchObject({ name: 'asking', needs: {}, state: 'own' })
    const own = call()
    void compose(base, [layer]).read(['a', 'b'], own)
    expect(asked).toEqual([['a', store.entries.get('a'), own]])
  })

  it('cannot slip by as a stream', () => {
    const { stack } = hiding()
    expect(stack.traits).toMatchObject({ streams: false, atomicBatch: false })
    expect(stack.streams).toBeUndefined()
  })

  it('is cleared with all else', () => {
    const { stack, store } = seen()
    void stack.clear('', call())
    expect(store.values).toEqual({})
  })
})

describe('a change over what is hidden', () => {
  const over = (change: (version: Version) => Change<string>, traits: Partial<Traits> = {}) => {
    const parts = hiding(traits)
    parts.store.entries.set('a', entry('hidden'))
    parts.hideKey('a')
    const version = parts.store.entries.get('a')?.version
    if (version === undefined) throw new Error('expected an entry')
    const answer = parts.stack.write([change(version)], call())
    return { ...parts, answer, values: parts.store.values }
  }

  it.each<[string, (version: Version) => Change<string>, boolean, Record<string, string>]>([
    ['a put', () => put('a', 'new'), true, { a: 'new' }],
    ['a put where it is absent', () => put('a', 'new', 'absent'), true, { a: 'new' }],
    ['a put where it is vacant', () => put('a', 'new', 'vacant'), true, { a: 'new' }],
    ['a put where it is present', () => put('a', 'new', 'present'), false, { a: 'hidden' }],
    ['a put over that version', (version) => put('a', 'new', { version }), true, { a: 'new' }],
    ['a removal', () => removal('a'), false, {}],
    ['a removal where it is absent', () => removal('a', 'absent'), false, {}],
    ['a removal where it is vacant', () => removal('a', 'vacant'), false, {}],
    ['a removal where it is present', () => removal('a', 'present'), false, { a: 'hidden' }],
    ['a removal of that version', (version) => removal('a', { version }), false, {}],
  ])('counts it as absent: %s', (_, change, answer, values) => {
    expect(over(change)).toMatchObject({ answer: [answer], values })
  })

  it('needs no conditions of a store that judges none, and asks for none', () => {
    expect(over(() => removal('a'), { conditional: 'none' })).toMatchObject({ answer: [false], values: {} })
    expect(over(() => put('a', 'new'), { conditional: 'none' })).toMatchObject({ answer: [true], values: { a: 'new' } })
    expectCode(() => over(() => put('a', 'new', 'absent'), { conditional: 'none' }), 'UNSUPPORTED')
    expectCode(() => over(() => put('a', 'new', 'present'), { conditional: 'none' }), 'UNSUPPORTED')
  })
})

describe('a batch', () => {
  it('is written as one, after one look at what its answers hang on', () => {
    const { stack, store, hideKey } = hiding()
    for (const key of ['a', 'b', 'c']) store.entries.set(key, entry(key))
    hideKey('b')
    const changes = [removal('a'), removal('b'), put('c', 'new', 'absent'), put('d', 'new'), removal('b')]
    expect(stack.write(changes, call())).toEqual([true, false, false, true, false])
    expect(store.calls).toEqual(['read a,b,c', 'write a,b,c,d,b'])
    expect(store.values).toEqual({ c: 'c', d: 'new' })
  })

  it('that hangs on nothing is written without a look', () => {
    const { stack, store } = hiding()
    const version = { time: NOW, count: 0, writer: 9 }
    expect(stack.write([put('a', '1'), put('b', '2', { version })], call())).toEqual([true, false])
    expect(store.calls).toEqual(['write a,b'])
  })

  it('is refused whole', () => {
    const { stack, store } = hiding()
    store.entries.set('a', entry('1'))
    const large = put('b', '2', undefined, { size: 1_001 })
    for (const bad of [large, put('', 'x')]) expect(() => stack.write([removal('a'), bad], call())).toThrow()
    expect(store.values).toEqual({ a: '1' })
  })

  it('answers as its changes one by one would, whatever is hidden', () => {
    const key = fc.constantFrom('a', 'b')
    const when = fc.constantFrom('none', 'absent', 'present', 'vacant', 'version', 'other version')
    const step = fc.record({
      hides: fc.option(key, { nil: undefined }),
      batch: fc.array(
        fc.record({ key, when, removes: fc.boolean(), kind: fc.constantFrom('value', 'lease', 'over') }),
        {
          maxLength: 5,
        },
      ),
    })
    fc.assert(
      fc.property(fc.array(step, { size: 'medium' }), (steps) => {
        const { stack, store, hideKey, hidden } = hiding()
        const model = new Map<string, Entry<string>>()
        for (const { hides, batch } of steps) {
          if (hides !== undefined) hideKey(hides)
          const changes = batch.map((change) => {
            const conditions: Record<string, Condition | undefined> = {
              absent: 'absent',
              present: 'present',
              vacant: 'vacant',
              version: model.get(change.key),
              'other version': { version: { time: NOW, count: 1, writer: 5 } },
            }
            const condition = conditions[change.when]
            if (change.removes) return removal(change.key, condition)
            const facts =
              change.kind === 'over'
                ? { expiresAt: NOW }
                : ({ kind: change.kind === 'lease' ? 'lease' : 'value' } as const)
            return put(change.key, 'x', condition, facts)
          })
          const expected = changes.map((change: Change<string>) => {
            const stored = model.get(change.key)
            // As if it had expired: to be compared with by its version alone.
            const header =
              stored !== undefined && hidden.has(nameOf(stored.version)) ? { ...stored, expiresAt: NOW } : stored
            const { apply, answer } = decide(change, header, NOW)
            if (apply && change.entry !== undefined) model.set(change.key, change.entry)
            else if (apply) model.delete(change.key)
            return answer
          })
          expect(stack.write(changes, call())).toEqual(expected)
          expect(new Map(store.entries)).toEqual(model)
        }
      }),
    )
  })
})

/** A store in which another process writes right after each look. */
class RacedStore extends TestStore<string> {
  race: (() => void) | undefined

  override read(keys: readonly string[], own: Call) {
    const found = super.read(keys, own)
    if (own.want === 'header') this.race?.()
    return found
  }
}

describe('another writer between the look and the write', () => {
  const others: readonly (Change<string> | undefined)[] = [put('a', 'other'), removal('a')]
  const conditions: readonly (Condition | undefined)[] = [undefined, 'absent', 'present', 'vacant']
  const cases = others.flatMap((other) =>
    conditions.flatMap((when) =>
      [put('a', 'own', when), removal('a', when)].flatMap((own) =>
        (['nothing', 'visible', 'hidden'] as const).map((before) => ({ other, own, before })),
      ),
    ),
  )

  it.each(cases)('leads to an end that some order of the two would have: %#', ({ other, own, before }) => {
    const begin = () => {
      const parts = hiding({}, new RacedStore())
      if (before !== 'nothing') parts.store.entries.set('a', entry('before'))
      if (before === 'hidden') parts.hideKey('a')
      return { ...parts, store: parts.store as RacedStore }
    }
    const end = (store: RacedStore, answers: unknown) => JSON.stringify([answers, store.values])
    const otherWrites = (store: RacedStore): void => {
      if (other !== undefined) void store.write([other], call())
    }
    const first = begin()
    const ownFirst = first.stack.write([own], call())
    otherWrites(first.store)
    const second = begin()
    otherWrites(second.store)
    const ownSecond = second.stack.write([own], call())

    const raced = begin()
    raced.store.race = () => {
      raced.store.race = undefined
      otherWrites(raced.store)
    }
    const answers = raced.stack.write([own], call())
    expect([end(first.store, ownFirst), end(second.store, ownSecond)]).toContain(end(raced.store, answers))
  })

  it('never brings back what a later change of the batch has replaced', () => {
    const { stack, store } = hiding({}, new RacedStore())
    if (!(store instanceof RacedStore)) throw new Error('expected a raced store')
    store.entries.set('a', entry('before'))
    store.race = () => {
      store.race = undefined
      void store.write([put('a', 'other')], call())
    }
    const [, stored] = stack.write([removal('a'), put('a', 'own')], call()) as readonly boolean[]
    expect(stored).toBe(true)
    expect(store.values).toEqual({ a: 'own' })
  })

  it('again and again ends the call as BUSY, never as an answer that is not one', async () => {
    for (const isLate of [false, true]) {
      const { stack, store } = hiding({}, new RacedStore(), isLate)
      if (!(store instanceof RacedStore)) throw new Error('expected a raced store')
      store.entries.set('a', entry('0'))
      store.race = () => store.entries.set('a', entry('other'))
      const batch = [put('b', '1'), removal('a')]
      const error = isLate ? await rejectionOf(stack.write(batch, call())) : thrownBy(() => stack.write(batch, call()))
      expect(error).toMatchObject({ code: 'BUSY', operation: 'write', source: 'hiding', outcome: 'unknown' })
      expect(error.outcomes).toMatchObject([
        { key: 'b', value: true },
        { key: 'a', error: { code: 'BUSY' } },
      ])
    }
  })
})

describe('a layer that takes its time to tell', () => {
  it('hides as any other does', async () => {
    const { stack, store, hideKey } = hiding({}, undefined, true)
    for (const key of ['a', 'b']) store.entries.set(key, entry(key))
    hideKey('b')
    expect(await stack.read(['a', 'b'], call())).toMatchObject([{ value: 'a' }, undefined])
    expect(await keysOf(stack.scan('', call()))).toEqual(['a'])
    expect(await stack.write([put('b', 'new', 'absent'), removal('a')], call())).toEqual([true, true])
  })

  it('fails the call when it fails, and nothing comes up later', async () => {
    const { base, store } = shelled()
    for (const key of ['a', 'b']) store.entries.set(key, entry(key))
    const late = deferred<boolean>()
    const layer = hide({
      name: 'failing',
      hidden: (key) => {
        if (key === 'a') return late.promise
        throw new Error('broken')
      },
    })
    const stack = compose(base, [layer])
    expect(() => stack.read(['a', 'b'], call())).toThrow('broken')
    expect(() => stack.write([removal('a'), removal('b')], call())).toThrow('broken')
    late.reject(new Error('nobody hears this'))
    await turns()
  })
})
