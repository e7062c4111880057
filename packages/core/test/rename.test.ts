import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compose } from '../src/compose.js'
import type { Awaitable, Change, Header, StreamVerbs, Traits, Version } from '../src/contract.js'
import { CacheError } from '../src/errors.js'
import { SEPARATOR } from '../src/keys.js'
import { keys, type Renaming } from '../src/rename.js'
import { stateOf, turns } from './support/deferred.js'
import { call, entry, put, removal } from './support/entries.js'
import { expectCode, rejectionOf, thrownBy } from './support/failures.js'
import { keysOf, shelled } from './support/shells.js'
import { TestStore } from './support/test-store.js'

const hex: Renaming = {
  name: 'hex',
  map: (segment) => Buffer.from(segment).toString('hex'),
  unmap: (segment) => Buffer.from(segment, 'hex').toString(),
}

/** Its own way back: the name of one key is another key. */
const turned: Renaming = {
  name: 'turned',
  map: (segment) => [...segment].reverse().join(''),
  unmap: (s) => [...s].reverse().join(''),
}

function renaming(options: Renaming = hex, traits: Partial<Traits> = {}, store = new TestStore<string>(traits)) {
  const parts = shelled(traits, store)
  return { ...parts, store, stack: compose(parts.base, [keys(options)]) }
}

const inside = (...segments: string[]): string => segments.join(SEPARATOR)

describe('keys', () => {
  it('are stored under other names, namespaces left alone', () => {
    const { stack, store } = renaming()
    expect(stack.write([put('a', '1'), put(inside('ns', 'sub', 'a'), '2')], call())).toEqual([true, true])
    expect(store.values).toEqual({ 61: '1', [inside('ns', 'sub', '61')]: '2' })
    expect(stack.read([inside('ns', 'sub', 'a'), 'a', 'b'], call())).toMatchObject([
      { value: '2' },
      { value: '1' },
      undefined,
    ])
  })

  it('come back from a scan as they were', async () => {
    const { stack } = renaming()
    void stack.write(
      ['a', 'ab', 'b', inside('ns', 'ab')].map((key) => put(key, '1')),
      call(),
    )
    expect(await keysOf(stack.scan('', call()))).toEqual(['a', 'ab', 'b', inside('ns', 'ab')])
    expect(await keysOf(stack.scan('a', call()))).toEqual(['a', 'ab'])
    expect(await keysOf(stack.scan(inside('ns', 'a'), call()))).toEqual([inside('ns', 'ab')])
    expect(await keysOf(stack.scan(inside('ns', ''), call()))).toEqual([inside('ns', 'ab')])
  })

  it('that are none are refused before they get a good name', () => {
    const hashing: Renaming = { name: 'hashing', map: () => 'h' }
    const { stack, store } = renaming(hashing)
    expectCode(() => stack.read(['a', ''], call()), 'INVALID_KEY')
    expectCode(() => stack.write([put('a', '1'), removal('x'.repeat(1537))], call()), 'INVALID_KEY')
    expect(store.calls).toEqual([])
  })

  it('are named as they were asked for where a batch fails in part', () => {
    const { stack, store } = renaming()
    store.failure = new CacheError('BACKEND', 'in part', {
      outcomes: [
        { key: '61', value: true },
        { key: 'other', value: 1 },
      ],
    })
    const error = thrownBy(() => stack.write([put('a', '1')], call()))
    expect(error).toMatchObject({
      message: 'BACKEND: in part',
      outcomes: [{ key: 'a', value: true }, { key: 'other' }],
    })
    store.failure = new CacheError('BACKEND', 'in part', { outcomes: [{ key: '61', value: true }] })
    expect(thrownBy(() => stack.read(['a'], call())).outcomes).toMatchObject([{ key: 'a' }])
    store.failure = new Error('broken')
    expect(thrownBy(() => stack.read(['a'], call())).message).toBe('BACKEND: broken')
  })

  it('make the order of scans unknown', () => {
    expect(renaming(hex, { scan: 'ordered' }).stack.traits.scan).toBe('unordered')
    expect(renaming(hex, { scan: 'none' }).stack.traits.scan).toBe('none')
    expect(keys({ ...hex, needs: {}, state: 'own' })).toMatchObject({
      name: 'hex',
      needs: {},
      state: 'own',
      renames: true,
    })
  })

  it('rename those of streams as well', () => {
    const asked: string[] = []
    class Streaming extends TestStore<string> {
      readonly streams: StreamVerbs = {
        read: (key) => void asked.push(`read ${key}`),
        write: ({ key }) => asked.push(`write ${key}`) > 0,
      }
    }
    const { stack } = renaming(hex, {}, new Streaming({ streams: true }))
    const header: Header = entry('')
    void stack.streams?.read('a', call())
    void stack.streams?.write({ key: 'a', header }, new ReadableStream(), call())
    expect(asked).toEqual(['read 61', 'write 61'])
  })
})

describe('without a way back', () => {
  const { map } = hex
  it('keys cannot be listed, and only whole namespaces cleared', () => {
    const { stack, store } = renaming({ name: 'hash', map })
    void stack.write([put('a', '1'), put(inside('ns', 'a'), '2'), put(inside('other', 'a'), '3')], call())
    expect(stack.traits.scan).toBe('none')
    expectCode(() => stack.clear('a', call()), 'UNSUPPORTED', /hash: it can only clear whole namespaces/)
    expect(stack.clear(inside('ns', ''), call())).toBeUndefined()
    expect(store.values).toEqual({ 61: '1', [inside('other', '61')]: '3' })
    void stack.clear('', call())
    expect(store.values).toEqual({})
  })

  it('a scan is refused', async () => {
    const { stack } = renaming({ name: 'hash', map })
    await expect(keysOf(stack.scan('', call()))).rejects.toMatchObject({ code: 'UNSUPPORTED' })
  })

  it('or over a store that lists nothing, a clear within a namespace is refused', () => {
    expectCode(() => renaming(hex, { scan: 'none' }).stack.clear('a', call()), 'UNSUPPORTED')
  })
})

describe('a clear within a namespace', () => {
  it('removes exactly what begins with the prefix, whatever its kind', async () => {
    const { stack, store } = renaming()
    const changes = ['ab', 'abc', 'b', inside('ab', 'x'), inside('b', 'ab')].map((key) => put(key, key))
    void stack.write([...changes, put('ab lease', 'x', undefined, { kind: 'lease' })], call())
    await stack.clear('ab', call())
    expect(Object.values(store.values)).toEqual(['b', inside('b', 'ab')])
  })

  it('is a barrier: what is written after it stays, and nobody waits in a circle', async () => {
    for (const options of [hex, turned]) {
      const { stack, store, base } = renaming(options)
      void stack.write([put('ab', '1'), put('ac', '1')], call())
      store.held = true
      const done: Awaitable<unknown>[] = [
        void stack.write([put('ac', '2')], call()),
        void stack.clear('a', call()),
        void stack.write([put('ab', '3')], call()),
        stack.read(['ab', 'ac'], call()),
      ]
      await store.settleAll()
      expect(await done[3]).toMatchObject([{ value: '3' }, undefined])
      for (const each of done) expect(await stateOf(each)).toBe('fulfilled')
      expect(base.gate.lanes.idle).toBe(true)
    }
  })

  it('that fails on its way may have removed a part', async () => {
    const { stack, store } = renaming()
    for (const count of [0, 2]) {
      void stack.write(
        ['a1', 'a2', 'a3'].map((key) => put(key, '1')),
        call(),
      )
      store.held = true
      const cleared = stack.clear('a', call())
      for (let settled = 0; settled < count; settled += 1) {
        await turns()
        store.pending.shift()?.settle()
      }
      await turns()
      store.pending.shift()?.fail(new Error('broken'))
      expect(await rejectionOf(cleared)).toMatchObject({ code: 'BACKEND', outcome: count === 0 ? 'none' : 'unknown' })
      store.held = false
    }
  })

  it('gives each removal a version of its own', async () => {
    const versions: Version[] = []
    class Noting extends TestStore<string> {
      override write(changes: readonly Change<string>[], own: ReturnType<typeof call>) {
        versions.push(...changes.map((change) => change.version))
        return super.write(changes, own)
      }
    }
    const { stack } = renaming(hex, {}, new Noting())
    void stack.write([put('ab', '1'), put('ac', '1'), put('b', '1')], call())
    await stack.clear('a', call())
    expect(new Set(versions.map((version) => JSON.stringify(version))).size).toBe(5)
  })
})

describe('names that are keys themselves', () => {
  it('never make two calls wait for one another', async () => {
    const key = fc.constantFrom('ab', 'ba', 'abc', 'cba', 'aa')
    const operation = fc.record({ keys: fc.uniqueArray(key, { minLength: 1 }), writes: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 12, size: 'medium' }), async (operations) => {
        const { stack, store, base } = renaming(turned)
        store.held = true
        const model: Record<string, string> = {}
        const expected: unknown[] = []
        const done = operations.map(({ keys: names, writes }, index) => {
          expected.push(names.map((name) => (writes ? true : model[name])))
          if (!writes) return stack.read(names, call())
          for (const name of names) model[name] = String(index)
          return stack.write(
            names.map((name) => put(name, String(index))),
            call(),
          )
        })
        await store.settleAll()
        const answers: unknown[] = []
        for (const each of done) {
          const given: readonly unknown[] = await each
          answers.push(
            given.map((one) => (typeof one === 'object' && one !== null && 'value' in one ? one.value : one)),
          )
        }
        expect(answers).toEqual(expected)
        expect(base.gate.lanes.idle).toBe(true)
      }),
    )
  })
})
