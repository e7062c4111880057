import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Coding, ValueContext } from '../src/codec.js'
import { compose } from '../src/compose.js'
import type { Awaitable, Bytes, Call, Found, Mark, Traits } from '../src/contract.js'
import { CacheError } from '../src/errors.js'
import type { Notice } from '../src/told.js'
import { type ValueOptions, values } from '../src/values.js'
import { deferred, turns } from './support/deferred.js'
import { call, entry, NOW, put } from './support/entries.js'
import { expectCode } from './support/failures.js'
import { keysOf, shelled } from './support/shells.js'
import { TestStore } from './support/test-store.js'

const bytes = (...all: number[]): Bytes => Uint8Array.from(all)

/** Adds one to every byte, at once or later. */
function shift(facts: Partial<ValueOptions> = {}, late = false): ValueOptions {
  const by = (step: number) => (value: Bytes) => value.map((byte) => byte + step)
  const give = <T>(value: T): Awaitable<T> => (late ? Promise.resolve(value) : value)
  return {
    name: 'shift',
    encode: (value) => give({ value: by(1)(value), mark: 1 }),
    decode: (value, mark) => {
      if (mark !== 1) throw new Error(`an unknown mark: ${String(mark)}`)
      return give(by(-1)(value))
    },
    ...facts,
  }
}

function coded(options: readonly ValueOptions[], traits: Partial<Traits> = {}) {
  const parts = shelled<Bytes>({ values: 'bytes', ...traits }, new TestStore<Bytes>({ values: 'bytes', ...traits }))
  const heard: Notice[] = []
  const work: Promise<unknown>[] = []
  const stack = compose(parts.base, options.map(values), {
    report: (notice) => heard.push(notice),
    background: (done) => work.push(done),
  })
  const firstValue = async (key: string, facts: Partial<Call> = {}): Promise<Found | undefined> =>
    (await stack.read([key], call(facts)))[0]
  return { ...parts, stack, heard, work, firstValue }
}

describe('values', () => {
  it('come back as they were, through any number of codings, ready or not', async () => {
    const coding = fc.record({ name: fc.constantFrom('a', 'b', 'c'), late: fc.boolean() })
    const codings = fc.uniqueArray(coding, { selector: ({ name }) => name })
    const value = fc.uint8Array().map((raw) => Uint8Array.from(raw))
    await fc.assert(
      fc.asyncProperty(codings, fc.array(value), async (layers, given) => {
        const { stack, base } = coded(layers.map(({ name, late }) => shift({ name }, late)))
        const keys = given.map((_, index) => `k${index}`)
        const changes = given.map((each, index) => put(`k${index}`, each, undefined, { marks: { own: 'mark' } }))
        const done = stack.write(changes, call())
        const isLate = layers.some(({ late }) => late) && given.length > 0
        expect(done instanceof Promise).toBe(isLate)
        await done
        const found = stack.read(keys, call())
        expect(found instanceof Promise).toBe(isLate)
        expect((await found).map((each) => each?.value)).toEqual(given)
        expect(
          (await found).every((each) => each?.marks['own'] === 'mark' && Object.keys(each.marks).length === 1),
        ).toBe(true)
        const scanned: (Bytes | undefined)[] = []
        for await (const page of stack.scan('', call())) scanned.push(...page.map(([, each]) => each.value))
        expect(scanned).toEqual(given)
        const stored = await base.read(keys, call())
        expect(stored.map((each) => each?.value)).toEqual(given.map((each) => each.map((byte) => byte + layers.length)))
      }),
    )
  })

  it('are stored with a mark of what was done, and their size as it is then', () => {
    const half: ValueOptions = { ...shift(), encode: (value) => ({ value: value.slice(1), mark: 'half' }) }
    const { stack, store } = coded([half])
    void stack.write([put('a', bytes(1, 2, 3), undefined, { size: 3, marks: { other: true } })], call())
    expect(store.entries.get('a')).toMatchObject({ size: 2, marks: { other: true, shift: 'half' }, value: bytes(2, 3) })
  })

  it('stay as they are where the coding leaves them', () => {
    const { stack, store, firstValue } = coded([shift({ encode: () => undefined })])
    const change = put('a', bytes(1))
    void stack.write([change], call())
    expect(store.entries.get('a')).toEqual(change.entry)
    return expect(firstValue('a')).resolves.toMatchObject({ value: bytes(1), marks: {} })
  })

  it('are encoded knowing their key and header', () => {
    const contexts: ValueContext[] = []
    const asking: Coding = {
      ...shift(),
      encode: (_, context) => void contexts.push(context),
    }
    const change = put('a', bytes(1))
    void coded([asking]).stack.write([change], call())
    expect(contexts).toEqual([{ key: 'a', header: change.entry }])
  })

  it('that bear the mark already are not encoded again', () => {
    const { stack, store } = coded([shift()])
    void stack.write([put('a', bytes(1), undefined, { marks: { shift: 1 } })], call())
    expect(store.values).toEqual({ a: bytes(1) })
  })

  it('are left alone in tombstones and removals', () => {
    const { stack, store } = coded([shift({ encode: () => expect.unreachable() })])
    const change = put('a', bytes(), undefined, { kind: 'tombstone' })
    expect(stack.write([change, { ...change, key: 'b', entry: undefined }], call())).toEqual([true, false])
    expect(stack.read(['a'], call({ show: 'all' }))).toEqual([change.entry])
    expect(store.entries.get('a')).toEqual(change.entry)
  })

  it('are not decoded for those who want headers', () => {
    const { stack, store } = coded([shift({ decode: () => expect.unreachable() })])
    void stack.write([put('a', bytes(1), undefined, { marks: { own: 1 } })], call())
    store.entries.set('b', { ...entry(bytes()), value: undefined })
    const [a, b] = stack.read(['a', 'b'], call({ want: 'header' })) as readonly (Found | undefined)[]
    expect([a?.value, a?.marks, b?.value]).toEqual([undefined, { own: 1 }, undefined])
  })

  it('need a store of bytes, and are no streams', () => {
    expectCode(() => compose(shelled<Bytes>().base, [values(shift())]), 'INVALID_OPTION', /needs values 'bytes'/)
    const { stack } = coded([shift()])
    expect(stack.traits.streams).toBe(false)
    expect(stack.streams).toBeUndefined()
    const options = shift()
    expect(values({ ...options, state: 'own', needs: { shared: [true] } })).toMatchObject({
      name: 'shift',
      state: 'own',
      needs: { values: ['bytes'], shared: [true] },
    })
    expect(values(options).coding).toBe(options)
  })

  it('say that their answers are never ready where the coding never is', () => {
    expect(coded([shift({ async: true }, true)]).stack.traits.sync).toBe('none')
    expect(coded([shift()]).stack.traits.sync).toBe('all')
  })

  it('that become longer are refused where they would not fit, before anything of their batch is written', async () => {
    const sealed = shift({ grows: 2, encode: (value) => ({ value: bytes(0, 0, ...value), mark: 1 }) })
    const { stack, store } = coded([sealed, { ...sealed, name: 'another' }], { maxValueBytes: 10 })
    expect(stack.traits.maxValueBytes).toBe(6)
    const sized = (key: string, size: number) => put(key, new Uint8Array(size), undefined, { size })
    expectCode(() => stack.write([sized('a', 1), sized('b', 7)], call()), 'TOO_LARGE', /up to 6 bytes, got 7/)
    expect(store.calls).toEqual([])
    expect(await stack.write([sized('a', 6)], call())).toEqual([true])
    expectCode(() => values({ ...sealed, grows: -1 }), 'INVALID_OPTION', /grows/)
  })

  it('fail to be encoded before anything is written, and nothing comes up later', async () => {
    const late = deferred<undefined>()
    const failing = shift({
      encode: (value) => {
        if (value.length === 0) return late.promise
        throw new CacheError('TOO_LARGE', 'no')
      },
    })
    const { stack, store } = coded([failing])
    expectCode(() => stack.write([put('a', bytes()), put('b', bytes(1))], call()), 'TOO_LARGE')
    late.reject(new Error('nobody hears this'))
    await turns()
    expect(store.calls).toEqual([])
  })
})

describe('a value that does not decode', () => {
  const cases: readonly [string, Partial<ValueOptions>, Readonly<Record<string, Mark>>][] = [
    ['with an unknown mark', {}, { shift: 2 }],
    ['without the mark that is required', { required: true }, {}],
    ['for a reason that is typed', { decode: () => Promise.reject(new CacheError('CORRUPT', 'no')) }, { shift: 1 }],
    ['since it is none', { decode: () => Promise.reject(new CacheError('INVALID_VALUE', 'no')) }, { shift: 1 }],
  ]

  it.each(cases)('%s is absent, told, and reclaimed as it was read', async (_, facts, marks) => {
    const { store, heard, work, firstValue, stack } = coded([shift(facts)])
    store.entries.set('a', entry(bytes(1), { marks }))
    store.entries.set('b', entry(bytes(1), { marks: { shift: 1 }, kind: 'lease' }))
    const own = call()
    expect(await stack.read(['a'], own)).toEqual([undefined])
    await Promise.all(work)
    expect(heard).toMatchObject([{ type: 'damage', id: own.id, key: 'a', source: 'shift' }])
    expect([...store.entries.keys()]).toEqual(['b'])
    expect(await firstValue('a')).toBeUndefined()
  })

  it('is never reclaimed once it has been replaced', async () => {
    const { store, work, stack } = coded([shift()])
    store.entries.set('a', entry(bytes(1), { marks: { shift: 2 } }))
    void stack.read(['a'], call())
    void stack.write([put('a', bytes(1))], call())
    await Promise.all(work)
    expect(store.values).toEqual({ a: bytes(2) })
  })

  it('is absent to the very next call, where all answer at once', () => {
    const { store, stack } = coded([shift()])
    store.entries.set('a', entry(bytes(1), { marks: { shift: 2 } }))
    expect(stack.read(['a'], call())).toEqual([undefined])
    expect(stack.write([put('a', bytes(1), 'absent')], call())).toEqual([true])
  })

  it('is left out of scans, and shown to a sweep as damage', async () => {
    const { store, stack, firstValue, heard, work } = coded([shift()], { conditional: 'none' })
    store.entries.set('a', entry(bytes(1), { marks: { shift: 2 } }))
    expect(await keysOf(stack.scan('', call()))).toEqual([])
    expect(await firstValue('a', { show: 'all' })).toMatchObject({ kind: 'damaged', value: undefined })
    expect(heard).toHaveLength(2)
    expect(work).toEqual([])
  })

  it('is a failure, and no damage, where the coding says so', async () => {
    for (const late of [false, true]) {
      const error = new CacheError('UNAVAILABLE', 'the keys cannot be reached')
      const decode = (): Promise<Bytes> => {
        if (late) return Promise.reject(error)
        throw error
      }
      const { store, firstValue, heard } = coded([shift({ decode })])
      store.entries.set('a', entry(bytes(1), { marks: { shift: 1 } }))
      await expect(firstValue('a')).rejects.toBe(error)
      expect(heard).toEqual([])
    }
  })

  it('is judged in a lease that holds a kept value as in the value itself', async () => {
    const { store, firstValue, heard } = coded([shift({ required: true })])
    const marks = { 'lease.kept': [NOW, Infinity, NOW, 0, 0].join() }
    store.entries.set('a', entry(bytes(1), { kind: 'lease', marks }))
    store.entries.set('b', entry(bytes(1), { kind: 'lease' }))
    expect(await firstValue('a', { show: 'kept' })).toBeUndefined()
    expect(heard).toHaveLength(1)
    expect(await firstValue('b', { show: 'all' })).toMatchObject({ kind: 'lease', value: bytes(1) })
  })
})
