import { describe, expect, it } from 'vitest'
import { manualClock, systemClock } from '../src/clock.js'
import type { Store } from '../src/contract.js'
import { shell } from '../src/shell.js'
import { call, entry, NOW, put, removal } from './support/entries.js'
import { expectCode, rejectionOf, thrownBy } from './support/failures.js'
import { keysOf, shelled } from './support/shells.js'
import { TestStore } from './support/test-store.js'

/** A store as an object, to take apart. */
function bare() {
  const store = new TestStore()
  const verbs = { read: store.read, write: store.write, scan: store.scan, clear: store.clear, close: store.close }
  return { name: 'bare', contract: 1, traits: store.traits, ...verbs }
}

describe('one shell for each store', () => {
  it('is the same whoever asks, also for itself', () => {
    const { base, store, clock } = shelled()
    expect(shell(store)).toBe(base)
    expect(shell(base)).toBe(base)
    expect(shell(store, { clock })).toBe(base)
    expect({ name: base.name, contract: base.contract, clock: base.clock }).toEqual({
      name: 'test',
      contract: 1,
      clock,
    })
  })

  it('has one clock', () => {
    const { store } = shelled()
    expectCode(() => shell(store, { clock: manualClock() }), 'INVALID_OPTION', /one clock for test/)
    expect(shell(new TestStore()).clock).toBe(systemClock)
  })

  it.each([
    [null, /expected a store, got null/],
    ['store', /got a string/],
    [{ ...bare(), contract: 2 }, /revision 2 of the contract, not 1/],
    [{ ...bare(), traits: undefined }, /bare: expected the trait values to be 'bytes' or 'any', got undefined/],
    [{ ...bare(), name: '' }, /one without a name/],
    [{ ...bare(), traits: { ...bare().traits, scan: true } }, /trait scan to be 'ordered' or .* or 'none', got true/],
    [{ ...bare(), traits: { ...bare().traits, sharde: true } }, /bare has no trait "sharde": did you mean "shared"\?/],
    [{ ...bare(), traits: { ...bare().traits, maxValueBytes: NaN } }, /maxValueBytes to be a positive number, got NaN/],
    [{ ...bare(), write: undefined }, /bare without the verb write/],
    [{ ...bare(), traits: { ...bare().traits, streams: true } }, /trait streams is true, without the verbs to match/],
    [{ ...bare(), streams: {} }, /trait streams is false, without the verbs to match/],
  ])('is put round stores alone: %#', (given, message) => {
    expectCode(() => shell(given as Store, {}), 'INVALID_OPTION', message)
  })
})

describe('ready answers', () => {
  it('are no promises, and arm no timer', () => {
    const { base, clock } = shelled()
    const limited = call({ deadline: NOW + 10 })
    expect(base.write([put('a', '1')], limited)).toEqual([true])
    expect(base.read(['a', 'b'], limited)).toMatchObject([{ value: '1' }, undefined])
    expect(base.readOne?.('a', limited)).toMatchObject({ value: '1' })
    expect(base.clear('', limited)).toBeUndefined()
    expect(base.read([], limited)).toEqual([])
    expect(base.write([], limited)).toEqual([])
    expect(clock.pending).toBe(0)
    expect(base.gate.lanes.idle).toBe(true)
  })

  it('are ready beside other keys that are under way, too', () => {
    const { base, store } = shelled()
    store.held = true
    void base.write([put('busy', '1')], call())
    store.held = false
    expect(base.write([put('a', '1')], call())).toEqual([true])
    expect(base.read(['a'], call())).toMatchObject([{ value: '1' }])
    expect(base.readOne?.('a', call())).toMatchObject({ value: '1' })
  })

  it('fail by throwing', () => {
    const { base, store } = shelled()
    const broken = new Error('broken')
    const verbs = {
      read: () => base.read(['a'], call()),
      write: () => base.write([put('a', '1')], call()),
      clear: () => base.clear('a', call()),
    }
    for (const [operation, run] of Object.entries(verbs)) {
      store.failure = broken
      const outcome = operation === 'read' ? 'none' : 'unknown'
      expect(thrownBy(run)).toMatchObject({ code: 'BACKEND', operation, source: 'test', outcome, cause: broken })
    }
  })
})

describe('answers that are not ready', () => {
  it('come when the store has them', async () => {
    const { base, store } = shelled()
    store.held = true
    const done = [base.write([put('a', '1')], call()), base.read(['a'], call()), base.clear('a', call())]
    await store.settleAll()
    const answers: unknown[] = []
    for (const each of done) answers.push(await each)
    expect(answers).toMatchObject([[true], [{ value: '1' }], undefined])
    expect(base.gate.lanes.idle).toBe(true)
  })

  it('fail with typed errors', async () => {
    const { base, store } = shelled()
    store.held = true
    const done = [base.read(['a'], call()), base.write([put('b', '1')], call()), base.clear('c', call())]
    const broken = new Error('broken')
    for (const pending of store.pending.splice(0)) pending.fail(broken)
    for (const failed of done) expect(await rejectionOf(failed)).toMatchObject({ code: 'BACKEND', cause: broken })
  })

  it('take effect in the order of their calls, a clear being a barrier', async () => {
    const { base, store } = shelled()
    store.held = true
    void base.write([put('a', '1')], call())
    void base.read(['a'], call())
    void base.write([put('a', '2'), put('b', '2')], call())
    void base.clear('', call())
    void base.write([put('b', '3')], call())
    expect(store.calls).toEqual(['write a'])
    await store.settleAll()
    expect(store.calls).toEqual(['write a', 'read a', 'write a,b', 'clear ', 'write b'])
    expect(store.values).toEqual({ b: '3' })
  })
})

describe('a single read', () => {
  class Single extends TestStore<string> {
    readonly singles: string[] = []

    readOne(key: string) {
      this.singles.push(key)
      if (this.failure !== undefined) throw this.failure
      return this.entries.get(key)
    }
  }

  it('is asked of a store that has it and is ready, and shows what a read does', async () => {
    const store = new Single()
    const base = shell(store, { clock: manualClock(NOW) })
    for (const [key, facts] of Object.entries({ a: {}, b: { expiresAt: NOW }, c: { kind: 'lease' } as const })) {
      store.entries.set(key, entry(key, facts))
    }
    for (const key of ['a', 'b', 'c', 'd']) {
      for (const show of ['live', 'kept', 'all'] as const) {
        expect(base.readOne?.(key, call({ show }))).toEqual((await base.read([key], call({ show })))[0])
      }
    }
    expect(new Set(store.singles)).toEqual(new Set(['a', 'b', 'c', 'd']))
    store.failure = new Error('broken')
    expect(thrownBy(() => base.readOne?.('a', call()))).toMatchObject({ code: 'BACKEND', operation: 'read' })
  })

  it('waits for its turn as a read does', async () => {
    const store = new Single()
    const base = shell(store, { clock: manualClock(NOW) })
    store.held = true
    void base.write([put('a', '1')], call())
    const found = base.readOne?.('a', call())
    await store.settleAll()
    expect(store.singles).toEqual([])
    expect(await found).toMatchObject({ value: '1' })
  })

  it('that turns out not to be ready holds its place, and shows and fails as a read does', async () => {
    class Late extends TestStore<string> {
      readOne(key: string) {
        return this.answer(`one ${key}`, () => this.entries.get(key))
      }
    }
    const { base, store } = shelled({}, new Late())
    store.entries.set('a', entry('1'))
    store.entries.set('b', entry('2', { kind: 'lease' }))
    store.held = true
    const found = [base.readOne('a', call()), base.readOne('b', call())]
    const written = base.write([put('a', 'new')], call())
    await store.settleAll()
    expect(store.calls).toEqual(['one a', 'read b', 'write a'])
    expect([await found[0], await found[1]]).toMatchObject([{ value: '1' }, undefined])
    await written
    const failed = base.readOne('a', call())
    store.pending[0]?.fail(new Error('broken'))
    expect(await rejectionOf(failed)).toMatchObject({ code: 'BACKEND', operation: 'read' })
  })

  it('is made once by a store whose answers are not ready', async () => {
    const store = new Single({ sync: 'none' })
    const base = shell(store, { clock: manualClock(NOW) })
    store.held = true
    const found = base.readOne?.('a', call())
    await store.settleAll()
    expect(await found).toBeUndefined()
    expect([...store.singles, ...store.calls]).toEqual(['a'])
  })
})

describe('what is refused before the store hears of it', () => {
  it('is a key that is none, in a batch that is checked whole', () => {
    const { base, store } = shelled()
    expectCode(() => base.read(['a', ''], call()), 'INVALID_KEY')
    expectCode(() => base.readOne?.('', call()), 'INVALID_KEY')
    expectCode(() => base.write([put('a', '1'), removal('')], call()), 'INVALID_KEY')
    expect(store.calls).toEqual([])
  })

  it('is a value that is too large', () => {
    const { base, store } = shelled({ maxValueBytes: 10 })
    const error = thrownBy(() => base.write([put('a', '1'), put('b', '2', undefined, { size: 11 })], call()))
    expect(error).toMatchObject({ code: 'TOO_LARGE', details: { maxBytes: 10, bytes: 11 } })
    expect(store.calls).toEqual([])
    expect(base.write([put('b', '2', undefined, { size: 10 })], call())).toEqual([true])
  })

  it('is what the traits do not declare', () => {
    const { base, store } = shelled({ scan: 'none', conditional: 'none' })
    expectCode(() => base.scan('', call()), 'UNSUPPORTED', /cannot list/)
    expectCode(() => base.write([put('a', '1'), put('b', '2', 'absent')], call()), 'UNSUPPORTED', /conditions/)
    expectCode(() => base.clear('a', call()), 'UNSUPPORTED', /whole namespaces/)
    expect(store.calls).toEqual([])
    void base.clear('', call())
    void base.clear('a\u241f', call())
    expect(store.calls).toEqual(['clear ', 'clear a\u241f'])
  })

  it('is a call that was aborted', () => {
    const { base, store } = shelled()
    const aborted = call({ signal: AbortSignal.abort() })
    expectCode(() => base.read(['a'], aborted), 'ABORTED')
    expectCode(() => base.write([put('a', '1')], aborted), 'ABORTED')
    expectCode(() => base.clear('', aborted), 'ABORTED')
    expectCode(() => base.scan('', aborted), 'ABORTED')
    expect(store.calls).toEqual([])
  })
})

describe('a store that answers wrongly', () => {
  it.each([[[]], [[true, true]], [undefined]])('with %j to one key fails the call', async (answers) => {
    for (const ready of [true, false]) {
      const store = Object.assign(bare(), {
        read: () => (ready ? answers : Promise.resolve(answers)),
        write: () => (ready ? answers : Promise.resolve(answers)),
      }) as unknown as Store<string>
      const base = shell(store)
      const failures = await Promise.all([
        rejectionOf(Promise.resolve().then(() => base.read(['a'], call()))),
        rejectionOf(Promise.resolve().then(() => base.write([put('a', '1')], call()))),
      ])
      expect(failures.map(({ code, outcome }) => [code, outcome])).toEqual([
        ['BACKEND', 'none'],
        ['BACKEND', 'unknown'],
      ])
      expect(failures[0]?.message).toMatch(/gave (undefined in place of|0|2) answers to a read of 1/)
    }
  })

  it.each([
    ['null for an entry', { read: () => [null] }, /bare gave null as an answer to a read of 1/],
    ['a value for an entry', { read: () => ['x'] }, /bare gave a string as an answer to a read of 1/],
    ['nothing for an answer', { write: () => [undefined] }, /bare gave undefined as an answer to a write of 1/],
    ['a number for an answer', { write: () => [1] }, /bare gave 1 as an answer to a write of 1/],
  ])('with %s fails the call', (_, verbs, message) => {
    const base = shell(Object.assign(bare(), verbs) as unknown as Store<string>)
    const verb = 'read' in verbs ? () => base.read(['a'], call()) : () => base.write([put('a', '1')], call())
    expectCode(verb, 'BACKEND', message)
  })

  it.each([
    [[], /expected an async iterable of pages, got an array/],
    [undefined, /expected an async iterable of pages, got undefined/],
    [given({}), /expected pages of \[key, entry\], got an object/],
    [given(['a', 'b']), /expected pages of \[key, entry\], got an array/],
    [given([['a', null]]), /expected pages of \[key, entry\], got an array/],
  ])('with something else for a scan fails it: %#', async (pages, message) => {
    const base = shell(Object.assign(bare(), { scan: () => pages }) as unknown as Store<string>)
    const failure = await rejectionOf(keysOf(base.scan('', call())))
    expect(failure).toMatchObject({ code: 'BACKEND', operation: 'scan', source: 'bare' })
    expect(failure.message).toMatch(message)
  })
})

async function* given(page: unknown): AsyncGenerator<unknown> {
  yield page
}
