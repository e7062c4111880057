import { describe, expect, it, vi } from 'vitest'
import { compose } from '../src/compose.js'
import type { AnyLayer } from '../src/layer.js'
import { turns } from './support/deferred.js'
import { call, entry, NOW, put } from './support/entries.js'
import { expectCode, rejectionOf } from './support/failures.js'
import { giving, noting, raise } from './support/layers.js'
import { shelled } from './support/shells.js'

describe('a single read of a stack', () => {
  const single: AnyLayer = {
    name: 'single',
    wrap: (next) => ({
      read: (keys, at) => next.read(keys, at),
      ...(next.readOne !== undefined && { readOne: next.readOne.bind(next) }),
    }),
  }

  it('is one of the store, through layers that know of it or change no reads', () => {
    const { base, store } = shelled()
    const one = vi.spyOn(base, 'readOne')
    const stack = compose(base, [single, giving(() => ({ clear: () => undefined }))])
    store.entries.set('a', entry('1'))
    expect(stack.readOne?.('a', call())).toMatchObject({ value: '1' })
    expect(stack.readOne?.('b', call())).toBeUndefined()
    expect(one).toHaveBeenCalledTimes(2)
  })

  it('is a batch of one where a layer knows of none', () => {
    const { base, store } = shelled()
    const one = vi.spyOn(base, 'readOne')
    const notes: string[] = []
    store.entries.set('a', entry('1'))
    for (const layers of [
      [single, noting('x', notes)],
      [noting('x', notes), single],
    ]) {
      expect(compose(base, layers).readOne?.('a', call())).toMatchObject({ value: '1' })
      expect(notes.splice(0)).toEqual(['x read'])
    }
    expect(one).not.toHaveBeenCalled()
  })

  it('takes its turn behind writes of the key, and holds it until it has its answer', async () => {
    const { base, store } = shelled()
    store.held = true
    const stack = compose(base, [single])
    const done = [stack.readOne?.('a', call()), stack.write([put('a', '1')], call()), stack.readOne?.('a', call())]
    for (let left = 3; left > 0; left -= 1) {
      await turns()
      expect(store.pending).toHaveLength(1)
      store.pending.shift()?.settle()
    }
    const answers: unknown[] = []
    for (const each of done) answers.push(await each)
    expect(answers).toMatchObject([undefined, [true], { value: '1' }])
    expect(base.gate.lanes.idle).toBe(true)
  })

  it('has the deadline of its call', async () => {
    const { base, store, clock } = shelled()
    store.held = true
    const late = compose(base, [single]).readOne?.('a', call({ deadline: NOW + 10 }))
    clock.advance(15)
    expect(await rejectionOf(Promise.resolve(late))).toMatchObject({ code: 'TIMEOUT' })
    for (const pending of store.pending) pending.settle()
  })

  it.each([
    () => raise('kaputt'),
    () => Promise.reject(new Error('kaputt')),
    () => [undefined],
    () => null,
    () => Promise.resolve(null),
    () => Promise.resolve([undefined]),
  ])('fails as a cache does where a layer answers wrongly: %#', async (readOne) => {
    const stack = compose(shelled().base, [giving(() => ({ read: () => [undefined], readOne }))])
    const failure = await rejectionOf((async () => stack.readOne?.('a', call()))())
    expect(failure).toMatchObject({ code: 'BACKEND', operation: 'read', outcome: 'none', source: 'test' })
  })

  it('of a closed stack, or of an aborted call, is refused', async () => {
    const { base } = shelled()
    const stack = compose(base, [single])
    expectCode(() => stack.readOne?.('a', call({ signal: AbortSignal.abort() })), 'ABORTED')
    await stack.close()
    expectCode(() => stack.readOne?.('a', call()), 'CLOSED')
  })

  it('alone, without reads that give the same, is refused', () => {
    const odd = giving(() => ({ readOne: () => undefined }))
    expectCode(() => compose(shelled().base, [odd]), 'INVALID_OPTION', /the layer odd gives readOne alone/)
  })
})
