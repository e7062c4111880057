import { describe, expect, it, vi } from 'vitest'
import { around } from '../src/around.js'
import { compose } from '../src/compose.js'
import type { Host } from '../src/layer.js'
import { deferred, stateOf, turns } from './support/deferred.js'
import { call, entry, NOW, put } from './support/entries.js'
import { expectCode, rejectionOf, thrownBy } from './support/failures.js'
import { giving, noting, raise } from './support/layers.js'
import { keysOf, shelled } from './support/shells.js'

/** A layer that lets everything wait until the test opens it. */
function slow() {
  const door = deferred()
  const layer = around({ name: 'slow', around: (_, proceed) => door.promise.then(() => proceed()) })
  return { layer, open: () => door.resolve() }
}

describe('a stack', () => {
  it('without layers is the store', () => {
    const { base } = shelled()
    expect(compose(base, [])).toBe(base)
  })

  it('has its first layer outermost, for every verb', async () => {
    const { base, store } = shelled()
    const notes: string[] = []
    const stack = compose(base, [noting('outer', notes), noting('inner', notes)])
    store.entries.set('a', entry('1'))
    const runs: Record<string, () => unknown> = {
      read: () => stack.read(['a'], call()),
      write: () => stack.write([put('a', '1')], call()),
      clear: () => stack.clear('', call()),
    }
    for (const [verb, run] of Object.entries(runs)) {
      run()
      expect(notes.splice(0)).toEqual([`outer ${verb}`, `inner ${verb}`])
    }
    await keysOf(stack.scan('', call()))
    expect(notes).toEqual(['outer scan', 'inner scan'])
    expect({ name: stack.name, contract: stack.contract, traits: stack.traits }).toEqual({
      name: 'test',
      contract: 1,
      traits: base.traits,
    })
  })

  it('passes ready answers and ready failures on at once', () => {
    const { base, store } = shelled()
    const stack = compose(base, [noting('a', []), noting('b', [])])
    expect(stack.write([put('a', '1')], call())).toEqual([true])
    expect(stack.read(['a'], call())).toMatchObject([{ value: '1' }])
    expect(stack.clear('', call())).toBeUndefined()
    store.failure = new Error('broken')
    expect(thrownBy(() => stack.read(['a'], call())).code).toBe('BACKEND')
  })

  it('changes what its layers change, and passes all else through', () => {
    const { base } = shelled()
    const nothing = (keys: readonly string[]): readonly undefined[] => keys.map(() => undefined)
    const shy = giving((next) => ({ traits: { ...next.traits, shared: true }, read: nothing }))
    const stack = compose(base, [shy])
    expect(stack.traits).toEqual({ ...base.traits, shared: true })
    expect(stack.write([put('a', '1')], call())).toEqual([true])
    expect(stack.read(['a'], call())).toEqual([undefined])
    expect(stack.streams).toBeUndefined()
  })

  it.each<readonly [object, 'read' | 'write' | 'clear' | 'scan', RegExp]>([
    [{ read: () => undefined }, 'read', /a layer gave undefined to a read of 1/],
    [{ read: () => [] }, 'read', /a layer gave an array to a read of 1/],
    [{ write: () => Promise.resolve(true) }, 'write', /a layer gave true to a write of 1/],
    [{ read: () => raise('kaputt') }, 'read', /kaputt/],
    [{ write: () => Promise.reject(new Error('kaputt')) }, 'write', /kaputt/],
    [{ clear: () => raise('kaputt') }, 'clear', /kaputt/],
    [{ scan: () => raise('kaputt') }, 'scan', /kaputt/],
  ])('fails as a cache does where a layer answers wrongly: %#', async (verbs, operation, message) => {
    const stack = compose(shelled().base, [giving(() => verbs as never)])
    const run = {
      read: async () => stack.read(['a'], call()),
      write: async () => stack.write([put('a', '1')], call()),
      clear: async () => stack.clear('', call()),
      scan: async () => keysOf(stack.scan('', call())),
    }
    const failure = await rejectionOf(run[operation]())
    const outcome = operation === 'read' || operation === 'scan' ? 'none' : 'unknown'
    expect(failure).toMatchObject({ code: 'BACKEND', operation, outcome, source: 'test' })
    expect(failure.message).toMatch(message)
  })

  it('takes layers whose verbs are methods', () => {
    class Reading {
      readonly #answer = [undefined]
      read(): readonly undefined[] {
        return this.#answer
      }
    }
    const { base } = shelled()
    const stack = compose(base, [giving(() => new Reading())])
    expect(stack.read(['a'], call())).toEqual([undefined])
    expect(stack.write([put('a', '1')], call())).toEqual([true])
  })

  it('hands its layers the clock and the versions of the store, and what the cache gives', async () => {
    const { base } = shelled()
    const report = vi.fn<Host['report']>()
    let own: Host | undefined
    const asking = giving((_, host) => {
      own = host
      return {}
    })
    compose(base, [asking], { report })
    own?.report({ type: 'evict', keys: [], cause: 'capacity', source: 'x' })
    expect(own).toMatchObject({ clock: base.clock, versions: base.versions })
    expect(report).toHaveBeenCalledTimes(1)
    compose(base, [asking])
    own?.report({ type: 'evict', keys: [], cause: 'capacity', source: 'x' })
    own?.background(Promise.reject(new Error('nobody hears this')))
    await turns()
  })

  it.each([
    [undefined, /gives no verbs: expected an object, at once, got undefined/],
    [null, /got null/],
    [Promise.resolve({}), /got a promise: await it first/],
    [{ get: () => 1 }, /gives "get", which is no verb: expected read, readOne, write, scan/],
  ])('refuses a layer that gives %o', (verbs, message) => {
    const { base } = shelled()
    expectCode(() => compose(base, [giving(() => verbs)]), 'INVALID_OPTION', message)
  })
})

describe('order in a stack', () => {
  it('is kept through a layer that takes its time', async () => {
    const { base, store } = shelled()
    const { layer, open } = slow()
    const stack = compose(base, [layer])
    const done = [
      stack.write([put('a', '1')], call()),
      base.write([put('a', '2')], call()),
      stack.read(['a'], call()),
      base.clear('a', call()),
      stack.read(['a'], call()),
    ]
    await turns()
    expect(store.calls).toEqual([])
    open()
    const answers: unknown[] = []
    for (const each of done) answers.push(await each)
    expect(store.calls).toEqual(['write a', 'write a', 'read a', 'clear a', 'read a'])
    expect(answers).toMatchObject([[true], [true], [{ value: '2' }], undefined, [undefined]])
    expect(base.gate.lanes.idle).toBe(true)
  })

  it('is no different for stacks that share a store', async () => {
    const { base } = shelled()
    const { layer, open } = slow()
    const [one, other] = [compose(base, [layer]), compose(base, [noting('x', [])])]
    const written = one.write([put('a', '1')], call())
    const read = other.read(['a'], call())
    expect(await stateOf(read)).toBe('pending')
    open()
    await written
    expect(await read).toMatchObject([{ value: '1' }])
  })

  it('frees its keys when a layer fails', async () => {
    const { base } = shelled()
    const fails = around({ name: 'fails', around: () => Promise.reject(new Error('broken')) })
    const stack = compose(base, [fails])
    await expect(stack.write([put('a', '1')], call())).rejects.toThrow('broken')
    expect(base.gate.lanes.idle).toBe(true)
  })
})

describe('deadlines in a stack', () => {
  it('let no later call pass what a layer still does, on a server either', async () => {
    const { base, clock, store } = shelled({ lives: 'server' })
    const { layer, open } = slow()
    const stack = compose(base, [layer])
    const late = stack.write([put('a', 'old')], call({ deadline: NOW + 10 }))
    const next = base.write([put('a', 'new')], call())
    clock.advance(100)
    expect((await rejectionOf(late)).code).toBe('TIMEOUT')
    expect(await stateOf(next)).toBe('pending')
    open()
    expect(await next).toEqual([true])
    expect(store.values).toEqual({ a: 'new' })
  })

  it('end a call in time, also one that a layer holds', async () => {
    const { base, clock, store } = shelled()
    const { layer, open } = slow()
    const stack = compose(base, [layer])
    const late = stack.write([put('a', '1')], call({ deadline: NOW + 10 }))
    // The store below has lost its race by then, so that a layer can make something of it.
    clock.advance(15)
    expect(await rejectionOf(late)).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' })
    open()
    await turns()
    expect(store.values).toEqual({ a: '1' })
  })

  it('and signals are seen before any layer', () => {
    const { base } = shelled()
    const notes: string[] = []
    const stack = compose(base, [noting('x', notes)])
    const aborted = call({ signal: AbortSignal.abort() })
    expectCode(() => stack.read(['a'], aborted), 'ABORTED')
    expectCode(() => stack.write([put('a', '1')], aborted), 'ABORTED')
    expectCode(() => stack.clear('', aborted), 'ABORTED')
    expectCode(() => stack.scan('', aborted), 'ABORTED')
    expect(notes).toEqual([])
  })
})

describe('closing a stack', () => {
  it('closes the store once, at once where it can', () => {
    const { base, store } = shelled()
    const stack = compose(base, [noting('x', [])])
    expect(stack.close()).toBeUndefined()
    expect(stack.close()).toBeUndefined()
    expect(store.closed).toBe(1)
    expectCode(() => stack.read(['a'], call()), 'CLOSED')
  })

  it('waits for the calls made before, and takes none from then on', async () => {
    const { base, store } = shelled()
    const { layer, open } = slow()
    const stack = compose(base, [layer])
    const first = stack.write([put('a', '1')], call())
    const second = stack.write([put('a', '2')], call())
    const closing = stack.close()
    expect(stack.close()).toBe(closing)
    expectCode(() => stack.read(['a'], call()), 'CLOSED')
    expectCode(() => stack.write([put('a', '1')], call()), 'CLOSED')
    expectCode(() => stack.clear('', call()), 'CLOSED')
    expectCode(() => stack.scan('', call()), 'CLOSED')
    open()
    expect([await first, await second]).toEqual([[true], [true]])
    await closing
    expect(store.calls).toEqual(['write a', 'write a', 'close'])
  })

  it('lets calls made before through, also where the store is closed under them', async () => {
    const { base, store } = shelled()
    const { layer, open } = slow()
    const stack = compose(base, [layer])
    const written = stack.write([put('a', '1')], call())
    const queued = stack.write([put('a', '2')], call())
    const closing = base.close()
    open()
    expect([await written, await queued]).toEqual([[true], [true]])
    await closing
    expect(store.values).toEqual({ a: '2' })
  })

  it('lets a call that holds its keys go on to its end', async () => {
    const { base, store } = shelled()
    const stack = compose(base, [noting('x', [])])
    const own = call()
    const door = deferred()
    const updated = base.gate.pass('write', { keys: ['a'], writes: true }, own, async () => {
      await door.promise
      return stack.write([put('a', '1')], own)
    })
    const closing = stack.close()
    door.resolve()
    expect(await updated).toEqual([true])
    await closing
    expect(store.calls).toEqual(['write a', 'close'])
  })

  it('does not wait for the calls of others that come later', async () => {
    const { base } = shelled()
    const { layer, open } = slow()
    const [one, other] = [compose(base, [layer], { close: () => undefined }), compose(base, [noting('x', [])])]
    const under = one.write([put('a', '1')], call())
    const closing = one.close()
    const later = slow()
    const endless = compose(base, [later.layer]).write([put('b', '1')], call())
    open()
    await under
    await closing
    expect(other.read(['a'], call())).toMatchObject([{ value: '1' }])
    expectCode(() => one.read(['a'], call()), 'CLOSED')
    later.open()
    await endless
  })

  it('settles in time, whatever hangs', async () => {
    const { base, clock } = shelled()
    const { layer } = slow()
    const stack = compose(base, [layer])
    void stack.write([put('a', '1')], call())
    const closing = stack.close()
    clock.advance(5_000)
    expect(await rejectionOf(closing)).toMatchObject({ code: 'TIMEOUT', operation: 'close' })
  })

  it('lets a layer write what it still has to', () => {
    const { base, store } = shelled()
    const writer = giving((next) => ({
      close: () => {
        void next.write([put('last', 'words')], call())
        return next.close()
      },
    }))
    void compose(base, [writer]).close()
    expect(store.values).toEqual({ last: 'words' })
    expect(store.closed).toBe(1)
  })
})
