import { describe, expect, it } from 'vitest'
import { type Around, around, type Passing } from '../src/around.js'
import { compose } from '../src/compose.js'
import { CacheError } from '../src/errors.js'
import { deferred, stateOf, turns } from './support/deferred.js'
import { call, entry, put } from './support/entries.js'
import { rejectionOf } from './support/failures.js'
import { keysOf, shelled } from './support/shells.js'

describe('around', () => {
  const facts = { needs: {}, place: {}, changes: [], state: 'own', name: 'x' } as const

  it('keeps what the layer says of itself, and nothing else', () => {
    const { wrap, ...kept } = around({ ...facts, around: (_, proceed) => proceed() })
    expect(kept).toEqual(facts)
    expect(wrap).toBeTypeOf('function')
  })

  it('is told of each verb, of a scan page by page', async () => {
    const { base, store } = shelled()
    const passed: Passing[] = []
    const stack = compose(base, [
      around({
        name: 'x',
        around: (passing, proceed) => {
          passed.push(passing)
          return proceed()
        },
      }),
    ])
    const own = call()
    const changes = [put('a', '1')]
    void stack.read(['a'], own)
    void stack.write(changes, own)
    void stack.clear('p', own)
    for (const key of ['a', 'b', 'c']) store.entries.set(key, entry(key))
    expect(await keysOf(stack.scan('', own))).toEqual(['a', 'b', 'c'])
    expect(passed).toEqual([
      { verb: 'read', keys: ['a'], call: own },
      { verb: 'write', changes, call: own },
      { verb: 'clear', prefix: 'p', call: own },
      ...Array.from({ length: 3 }, () => ({ verb: 'scan', prefix: '', call: own })),
    ])
  })

  it('may go on with another call, more than once, or not at all', () => {
    const { base, store } = shelled()
    store.entries.set('a', entry('1', { kind: 'lease' }))
    const twice = around({
      name: 'twice',
      around: (passing, proceed) => {
        void proceed()
        return proceed({ ...passing.call, show: 'all' })
      },
    })
    expect(compose(base, [twice]).read(['a'], call())).toMatchObject([{ kind: 'lease' }])
    expect(store.calls).toEqual(['read a', 'read a'])
    const never = around({
      name: 'never',
      around: () => {
        throw new CacheError('REJECTED', 'too many')
      },
    })
    expect(() => compose(base, [never]).read(['a'], call())).toThrow('REJECTED')
    expect(store.calls).toHaveLength(2)
  })
})

describe('a scan through it', () => {
  const over = (about: Around['around']) => {
    const parts = shelled()
    for (const key of ['a', 'b', 'c']) parts.store.entries.set(key, entry(key))
    return { ...parts, stack: compose(parts.base, [around({ name: 'x', around: about })]) }
  }

  it('frees the store when it is left early, or when the layer fails', async () => {
    const { stack, store } = over((_, proceed) => proceed())
    for await (const _ of stack.scan('', call())) {
      expect(store.scansOpen).toBe(1)
      break
    }
    expect(store.scansOpen).toBe(0)
    let pages = 0
    const failing = over((_, proceed) => {
      pages += 1
      if (pages === 2) throw new CacheError('REJECTED', 'enough')
      return proceed()
    })
    expect((await rejectionOf(keysOf(failing.stack.scan('', call())))).code).toBe('REJECTED')
    expect(failing.store.scansOpen).toBe(0)
  })

  it('never takes a failure that is asked for again for the end of the scan', async () => {
    const { stack, store } = over(async (_, proceed) => {
      try {
        return await proceed()
      } catch {
        return proceed()
      }
    })
    store.failure = new Error('broken')
    expect((await rejectionOf(keysOf(stack.scan('', call())))).code).toBe('BACKEND')
  })

  it('waits for nothing when it is left while a page is late', async () => {
    const gate = deferred()
    const { stack } = over((_, proceed) => gate.promise.then(() => proceed()))
    const pages = stack.scan('', call())[Symbol.asyncIterator]()
    const first = pages.next()
    await turns()
    expect(await stateOf(first)).toBe('pending')
    gate.resolve()
    expect((await first).done).toBe(false)
    await pages.return?.()
  })
})
