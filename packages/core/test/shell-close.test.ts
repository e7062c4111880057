import { describe, expect, it } from 'vitest'
import { stateOf, turns } from './support/deferred.js'
import { call, entry, put } from './support/entries.js'
import { expectCode, rejectionOf, thrownBy } from './support/failures.js'
import { shelled } from './support/shells.js'

describe('close', () => {
  it('is one close, however often it is called, ready or not', async () => {
    for (const held of [false, true]) {
      const { base, store } = shelled()
      store.held = held
      const closes = [base.close(), base.close()]
      await store.settleAll()
      closes.push(base.close())
      for (const each of closes) await each
      expect(store.closed).toBe(1)
    }
  })

  it('answers at once where the store does', () => {
    const { base } = shelled()
    expect(base.close()).toBeUndefined()
  })

  it('refuses every verb from then on', async () => {
    const { base } = shelled()
    expect(base.closed).toBe(false)
    void base.close()
    expect(base.closed).toBe(true)
    expectCode(() => base.read(['a'], call()), 'CLOSED')
    expectCode(() => base.readOne?.('a', call()), 'CLOSED')
    expectCode(() => base.write([put('a', '1')], call()), 'CLOSED')
    expectCode(() => base.clear('', call()), 'CLOSED')
    expectCode(() => base.scan('', call()), 'CLOSED')
  })

  it('waits for the calls that were made before, those in the queue included', async () => {
    const { base, store } = shelled()
    store.held = true
    const calls = ['1', '2', '3'].map((value) => base.write([put('a', value)], call()))
    const closing = base.close()
    expectCode(() => base.read(['a'], call()), 'CLOSED')
    await store.settleAll()
    for (const each of calls) expect(await each).toEqual([true])
    await closing
    expect(store.calls).toEqual(['write a', 'write a', 'write a', 'close'])
  })

  it('frees a scan that nobody goes on with before it closes the store', async () => {
    const { base, store } = shelled()
    for (const key of ['a', 'b', 'c']) store.entries.set(key, entry(key))
    const pages = base.scan('', call())[Symbol.asyncIterator]()
    await pages.next()
    expect(store.scansOpen).toBe(1)
    const open: number[] = []
    store.close = () => void open.push(store.scansOpen)
    await base.close()
    expect(open).toEqual([0])
    expect((await rejectionOf(pages.next())).code).toBe('CLOSED')
  })

  it('settles in time on a backend that hangs, whether in a call or in the close', async () => {
    for (const inCall of [true, false]) {
      const { base, store, clock } = shelled()
      store.held = true
      if (inCall) void base.write([put('a', '1')], call())
      const closing = base.close()
      expect(await stateOf(closing)).toBe('pending')
      clock.advance(5_000)
      expect(await rejectionOf(closing)).toMatchObject({ code: 'TIMEOUT', operation: 'close', outcome: 'unknown' })
      expect(clock.pending).toBe(0)
    }
  })

  it('fails with a typed error, once', () => {
    const { base, store } = shelled()
    store.failure = new Error('broken')
    expect(thrownBy(() => base.close())).toMatchObject({ code: 'BACKEND', operation: 'close' })
    expect(base.close()).toBeUndefined()
  })

  it('comes with the last of those who use the store', () => {
    const { base, store } = shelled()
    base.retain()
    base.retain()
    expect(base.release()).toBeUndefined()
    expect(store.closed).toBe(0)
    void base.release()
    expect(store.closed).toBe(1)
  })
})

describe('a driver that hangs past a deadline', () => {
  const hang = (lives: 'disk' | 'server') => {
    const { base, store, clock } = shelled({ lives })
    store.held = true
    const limited = () => call({ deadline: clock.now() + 10 })
    return { base, store, clock, limited }
  }

  it('keeps its keys where it is embedded, and lets them go when it is done', async () => {
    const { base, store, clock, limited } = hang('disk')
    const first = base.write([put('a', '1')], limited())
    clock.advance(10)
    expect(await rejectionOf(first)).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' })
    const second = base.write([put('a', '2')], limited())
    clock.advance(10)
    expect(await rejectionOf(second)).toMatchObject({ code: 'TIMEOUT', outcome: 'none' })
    expect(store.calls).toEqual(['write a'])
    const third = base.read(['a'], limited())
    await store.settleAll()
    expect(await third).toMatchObject([{ value: '1' }])
    expect(base.gate.lanes.idle).toBe(true)
  })

  it('lets them go at once on a server, so the store is back when the server is', async () => {
    const { base, store, clock, limited } = hang('server')
    const first = base.write([put('a', '1')], limited())
    clock.advance(10)
    expect(await rejectionOf(first)).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' })
    await turns()
    store.held = false
    expect(base.write([put('a', '2')], limited())).toEqual([true])
    expect(base.gate.lanes.idle).toBe(true)
  })
})
