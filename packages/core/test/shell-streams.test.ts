import { describe, expect, it } from 'vitest'
import type { Awaitable, Bytes, Header, StreamChange, StreamVerbs, Traits } from '../src/contract.js'
import { stateOf } from './support/deferred.js'
import { call, entry, NOW, put } from './support/entries.js'
import { expectCode, rejectionOf, thrownBy } from './support/failures.js'
import { testLoad } from './support/loads.js'
import { shelled } from './support/shells.js'
import { TestStore } from './support/test-store.js'

/** It keeps headers alone: what is in the bodies is nobody's business here. */
class StreamStore extends TestStore<string> {
  readonly headers = new Map<string, Header>()
  readonly streams: StreamVerbs = {
    read: (key) =>
      this.answer(`open ${key}`, () => {
        const header = this.headers.get(key)
        return header === undefined ? undefined : { header, body: body() }
      }),
    write: ({ key, header }) =>
      this.answer(`store ${key}`, () => {
        this.headers.set(key, header)
        return true
      }),
  }
}

const body = () => new ReadableStream<Bytes>()
const change = (key: string, facts: Partial<Header> = {}): StreamChange => ({ key, header: entry('', facts) })

function setUp(traits: Partial<Traits> = {}) {
  const parts = shelled({}, new StreamStore({ streams: true, ...traits }))
  const { streams } = parts.base
  if (streams === undefined) throw new Error('expected streams')
  return { ...parts, store: parts.store as StreamStore, streams }
}

describe('streams', () => {
  it('are there exactly where the store has them', () => {
    expect(shelled().base.streams).toBeUndefined()
  })

  it('are written and found at once where the store is ready', () => {
    const { streams } = setUp()
    expect(streams.write(change('a'), body(), call())).toBe(true)
    expect(streams.read('a', call())).toMatchObject({ header: { kind: 'value' } })
    expect(streams.read('b', call())).toBeUndefined()
  })

  it.each([{ expiresAt: NOW }, { kind: 'lease' }, { kind: 'tombstone' }] as const)(
    'hide what is not there: %j',
    (facts) => {
      const { streams, store } = setUp()
      store.headers.set('a', entry('', facts))
      expect(streams.read('a', call())).toBeUndefined()
    },
  )

  it('keep their place among the calls for the key', async () => {
    const { streams, store, base } = setUp()
    store.held = true
    const results: Awaitable<unknown>[] = [
      base.write([put('a', '1')], call()),
      streams.write(change('a'), body(), call()),
      streams.read('a', call()),
    ]
    expect(store.calls).toEqual(['write a'])
    await store.settleAll()
    for (const result of results) await result
    expect(store.calls).toEqual(['write a', 'store a', 'open a'])
  })

  it('are refused like any other call: keys, conditions, signals and closed stores', () => {
    const { streams, store, base } = setUp({ conditional: 'none' })
    const aborted = call({ signal: AbortSignal.abort() })
    expectCode(() => streams.read('', call()), 'INVALID_KEY')
    expectCode(() => streams.write(change(''), body(), call()), 'INVALID_KEY')
    expectCode(() => streams.write({ ...change('a'), when: 'absent' }, body(), call()), 'UNSUPPORTED', /conditions/)
    expectCode(() => streams.read('a', aborted), 'ABORTED')
    expectCode(() => streams.write(change('a'), body(), aborted), 'ABORTED')
    void base.close()
    expectCode(() => streams.read('a', call()), 'CLOSED')
    expectCode(() => streams.write(change('a'), body(), call()), 'CLOSED')
    expect(store.calls).toEqual(['close'])
  })

  it('fail with typed errors', async () => {
    const { streams, store } = setUp()
    store.failure = new Error('broken')
    expect(thrownBy(() => streams.write(change('a'), body(), call()))).toMatchObject({
      code: 'BACKEND',
      outcome: 'unknown',
    })
    store.held = true
    const read = streams.read('a', call())
    store.pending[0]?.fail(new Error('broken'))
    expect(await rejectionOf(read)).toMatchObject({ code: 'BACKEND', operation: 'read', outcome: 'none' })
  })

  it('open within the deadline, and are written for as long as it takes', async () => {
    const { streams, store, clock } = setUp()
    store.held = true
    const limited = call({ deadline: NOW + 10 })
    const written = streams.write(change('a'), body(), limited)
    const opened = streams.read('b', limited)
    clock.advance(10)
    expect((await rejectionOf(opened)).code).toBe('TIMEOUT')
    expect(await stateOf(written)).toBe('pending')
    await store.settleAll()
    expect(await written).toBe(true)
  })

  it('void the loads of their key, and of no other', () => {
    const { streams, base } = setUp()
    const [own, longer] = [testLoad(), testLoad()]
    void base.read(['a'], call({ load: own }))
    void base.read(['ab'], call({ load: longer }))
    void streams.write(change('a'), body(), call())
    expect([own.voided, longer.voided]).toEqual([true, false])
  })
})
