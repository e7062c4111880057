import { describe, expect, it } from 'vitest'
import type { Awaitable } from '../src/contract.js'
import { Lanes, type Queued } from '../src/lanes.js'
import { Calls, clears, reads, writes } from './support/calls.js'
import { deferred, stateOf } from './support/deferred.js'

describe('lanes', () => {
  it('let two batches over the same keys in opposite order follow one another', async () => {
    const calls = new Calls()
    const both = [calls.make('ab', writes('a', 'b')), calls.make('ba', writes('b', 'a'))]
    expect(calls.begun).toEqual(['ab'])
    await calls.end('ab', 'ba')
    await Promise.all(both)
    expect(calls.lanes.idle).toBe(true)
  })

  it('take a key that stands twice in a batch for one', async () => {
    const calls = new Calls()
    const done = calls.make('aa', writes('a', 'a'))
    calls.make('later', reads('a', 'a'))
    await calls.end('aa', 'later')
    await done
    expect(calls.begun).toEqual(['aa', 'later'])
    expect(calls.lanes.idle).toBe(true)
  })

  it('hold the keys of a batch that is too long to look through', async () => {
    const calls = new Calls()
    const many = Array.from({ length: 50 }, (_, index) => `k${index}`)
    const id = calls.nextId()
    calls.make('outer', writes(...many), id, () => calls.make('inner', writes(...[...many].reverse()), id))
    calls.make('later', writes('k7'))
    await calls.end('outer')
    expect(calls.begun).toEqual(['outer', 'inner'])
    await calls.endAll()
    expect(calls.begun).toEqual(['outer', 'inner', 'later'])
  })

  it('let what was joined of several calls go on within the turns of all of them', async () => {
    const calls = new Calls()
    const joins = [calls.nextId(), calls.nextId()]
    for (const [index, key] of ['a', 'b'].entries()) calls.make(key, reads(key), joins[index])
    calls.make('set a', writes('a'))
    calls.make('joined', { ...reads('a', 'b', 'a'), joins }, joins[0])
    expect(calls.begun).toEqual(['a', 'b', 'joined'])
    await calls.end('a', 'b')
    expect(calls.begun).not.toContain('set a')
    await calls.end('joined', 'set a')
    expect(calls.begun).toEqual(['a', 'b', 'joined', 'set a'])
    expect(calls.lanes.idle).toBe(true)
  })

  it('let it wait for what none of those calls holds', async () => {
    const calls = new Calls()
    const id = calls.nextId()
    calls.make('a', reads('a'), id)
    calls.make('set a', writes('a'))
    calls.make('set b', writes('b'))
    calls.make('joined', { ...reads('a', 'b'), joins: [id] }, id)
    expect(calls.begun).toEqual(['a', 'set b'])
    await calls.end('set b')
    expect(calls.begun).toEqual(['a', 'set b', 'joined'])
    await calls.endAll()
    expect(calls.begun).toEqual(['a', 'set b', 'joined', 'set a'])
    expect(calls.lanes.idle).toBe(true)
  })

  it('make a clear a barrier for its prefix and nothing else', async () => {
    const calls = new Calls()
    calls.make('before', writes('ab'))
    calls.make('clear', clears('a'))
    calls.make('after', reads('ab'))
    calls.make('beside', writes('b'))
    expect(calls.begun).toEqual(['before', 'beside'])
    await calls.end('before')
    expect(calls.begun).toEqual(['before', 'beside', 'clear'])
    await calls.end('clear')
    expect(calls.begun).toEqual(['before', 'beside', 'clear', 'after'])
    await calls.endAll()
  })
})

describe('ready work', () => {
  it('takes no promise and leaves nothing behind', () => {
    const lanes = new Lanes()
    expect(lanes.run(writes('a'), 1, () => 'done')).toBe('done')
    expect(lanes.hold(writes('a'), 1, 'done')).toBe('done')
    expect(lanes.idle).toBe(true)
  })

  it('is done at once beside other keys that are under way', async () => {
    const calls = new Calls()
    calls.make('a', writes('a'))
    expect(calls.lanes.run(reads('b'), 99, () => 'ready')).toBe('ready')
    await calls.endAll()
  })

  it('throws its failure at once, and lets the next one in', async () => {
    const calls = new Calls()
    const fail = (): never => {
      throw new Error('broken')
    }
    expect(() => calls.lanes.run(writes('a'), 1, fail)).toThrow('broken')
    expect(calls.lanes.idle).toBe(true)
    calls.make('a', writes('a'))
    await expect(Promise.all([calls.lanes.run(writes('a'), 2, fail), calls.end('a')])).rejects.toThrow('broken')
    expect(calls.lanes.idle).toBe(true)
  })
})

describe('a failure', () => {
  it('lets the next call in as an answer does', async () => {
    const lanes = new Lanes()
    const first = deferred()
    const failed = lanes.run(writes('a'), 1, () => first.promise)
    const next = lanes.run(writes('a'), 2, () => 'next')
    first.reject(new Error('broken'))
    await expect(failed).rejects.toThrow('broken')
    await expect(next).resolves.toBe('next')
  })
})

describe('a call inside its own turn', () => {
  it('passes those that wait for it', async () => {
    const calls = new Calls()
    const id = calls.nextId()
    calls.make('outer', writes('a'), id, () => calls.make('inner', reads('a'), id))
    calls.make('later', writes('a'))
    await calls.end('outer')
    expect(calls.begun).toEqual(['outer', 'inner'])
    await calls.endAll()
    expect(calls.begun).toEqual(['outer', 'inner', 'later'])
  })

  it('keeps its place until all that it began has settled, also what nobody waited for', async () => {
    const lanes = new Lanes()
    const driver = deferred()
    const outer = lanes.run(writes('a'), 1, async () => {
      void lanes.run(writes('a'), 1, () => driver.promise)
    })
    await outer
    const later = lanes.run(reads('a'), 2, () => 'later')
    expect(await stateOf(later)).toBe('pending')
    driver.resolve()
    await expect(later).resolves.toBe('later')
  })

  it('writes what it has only looked at, although others look too', async () => {
    const calls = new Calls()
    const ids = [calls.nextId(), calls.nextId()]
    for (const id of ids) calls.make(`read ${id}`, reads('a'), id, () => calls.make(`write ${id}`, writes('a'), id))
    calls.make('later', reads('a'))
    expect(calls.begun).toEqual(['read 1', 'read 2', 'later'])
    await calls.endAll()
    expect(new Set(calls.begun)).toEqual(new Set(['read 1', 'read 2', 'later', 'write 1', 'write 2']))
    expect(calls.lanes.idle).toBe(true)
  })

  it('asks for another key before a batch that waits for both', async () => {
    const calls = new Calls()
    const id = calls.nextId()
    const marker = calls.make('marker', writes('marker'))
    calls.make('read', reads('a'), id, () => calls.make('read marker', reads('marker'), id))
    calls.make('batch', writes('a', 'marker'))
    await calls.end('read')
    // It passes the batch, which waits for it; not what the batch waits for.
    expect(calls.begun).toEqual(['marker', 'read'])
    await calls.end('marker')
    expect(calls.begun).toEqual(['marker', 'read', 'read marker'])
    calls.make('later', reads('marker'))
    await calls.end('read marker')
    expect(calls.begun).toEqual(['marker', 'read', 'read marker', 'batch'])
    await calls.end('batch')
    expect(calls.begun).toEqual(['marker', 'read', 'read marker', 'batch', 'later'])
    await calls.endAll()
    await marker
    expect(calls.lanes.idle).toBe(true)
  })

  it('takes no place from a batch that it passes', async () => {
    const calls = new Calls()
    const id = calls.nextId()
    calls.make('read', reads('a'), id, () => calls.make('write marker', writes('marker'), id))
    calls.make('batch', writes('a', 'marker'))
    await calls.end('read', 'write marker')
    calls.make('later', reads('marker'))
    expect(calls.begun).toEqual(['read', 'write marker', 'batch'])
    await calls.endAll()
    expect(calls.begun).toEqual(['read', 'write marker', 'batch', 'later'])
  })

  it('lets no later call pass while it holds a key of its own', async () => {
    const calls = new Calls()
    const id = calls.nextId()
    calls.make('outer', reads('a'), id, () => calls.make('inner', writes('b'), id))
    await calls.end('outer')
    calls.make('later', reads('b'))
    expect(calls.begun).toEqual(['outer', 'inner'])
    await calls.endAll()
    expect(calls.begun).toEqual(['outer', 'inner', 'later'])
  })
})

describe('two calls of one id', () => {
  it('keep their order behind a third', async () => {
    const calls = new Calls()
    calls.make('first', writes('a'))
    calls.make('second', writes('a'), 99)
    calls.make('third', writes('a'), 99)
    expect(calls.begun).toEqual(['first'])
    await calls.end('first')
    expect(calls.begun).toEqual(['first', 'second'])
    await calls.endAll()
    expect(calls.begun).toEqual(['first', 'second', 'third'])
    expect(calls.lanes.idle).toBe(true)
  })
})

describe('a place in the queue', () => {
  const queuedBehind = (calls: Calls) => {
    let queue: Queued | undefined
    let ran = false
    const run = (): void => {
      ran = true
    }
    const result = calls.lanes.run(writes('a'), calls.nextId(), run, (queued) => {
      queue = queued
    })
    return { result, queue: () => queue, ran: () => ran }
  }

  it('is told of only where there is a queue, and says when the turn has come', async () => {
    const calls = new Calls()
    expect(queuedBehind(calls).queue()).toBeUndefined()
    calls.make('a', writes('a'))
    const second = queuedBehind(calls)
    expect(second.queue()?.begun).toBe(false)
    await calls.end('a')
    expect(second.queue()?.begun).toBe(true)
  })

  it('can be given up; those behind it go on when those before it are done', async () => {
    const calls = new Calls()
    calls.make('first', writes('a'))
    const second = queuedBehind(calls)
    calls.make('third', writes('a'))
    second.queue()?.leave()
    expect(calls.begun).toEqual(['first'])
    await calls.end('first')
    expect(second.ran()).toBe(false)
    expect(calls.begun).toEqual(['first', 'third'])
    await calls.endAll()
    expect(calls.lanes.idle).toBe(true)
  })

  it('may be one of very many that are given up', async () => {
    const calls = new Calls()
    calls.make('first', writes('a'))
    for (let index = 0; index < 20_000; index += 1) queuedBehind(calls).queue()?.leave()
    const last = calls.lanes.run(reads('a'), 100_000, () => 'last')
    await calls.end('first')
    await expect(last).resolves.toBe('last')
    expect(calls.lanes.idle).toBe(true)
  })

  it('may be one of very many whose work is ready', async () => {
    const lanes = new Lanes()
    const first = deferred()
    const results: Awaitable<unknown>[] = [lanes.run(writes('a'), 0, () => first.promise)]
    for (let index = 1; index <= 20_000; index += 1) results.push(lanes.run(writes('a'), index, () => index))
    first.resolve()
    expect((await Promise.all(results)).at(-1)).toBe(20_000)
  })
})

describe('busy', () => {
  it('says whether a look would have to wait', async () => {
    const calls = new Calls()
    expect(calls.lanes.busy(['a'])).toBe(false)
    calls.make('read', reads('a'))
    expect(calls.lanes.busy(['a'])).toBe(false)
    calls.make('write', writes('a'))
    calls.make('clear', clears('c'))
    expect([['a'], ['b'], ['b', 'a'], ['cc']].map((keys) => calls.lanes.busy(keys))).toEqual([true, false, true, true])
    await calls.endAll()
    expect(calls.lanes.busy(['a'])).toBe(false)
  })
})

describe('settled', () => {
  it('waits for the writes below the prefix that are under way now, and for nothing else', async () => {
    const calls = new Calls()
    expect(calls.lanes.settled('', 99)).toBeUndefined()
    calls.make('read', reads('aa'))
    calls.make('beside', writes('b'))
    expect(calls.lanes.settled('a', 99)).toBeUndefined()
    calls.make('write', writes('ab'))
    const settled = calls.lanes.settled('a', 99)
    calls.make('later', writes('ab', 'ac'))
    expect(await stateOf(settled)).toBe('pending')
    await calls.end('write')
    expect(await stateOf(settled)).toBe('fulfilled')
    await calls.endAll()
    expect(calls.lanes.idle).toBe(true)
  })

  it('does not wait for what waits for its own call', async () => {
    const calls = new Calls()
    const id = calls.nextId()
    let settled: Awaitable<void> | 'unasked' = 'unasked'
    calls.make('clear', clears('ab'), id, () => {
      settled = calls.lanes.settled('', id)
    })
    calls.make('later', writes('abc'))
    await calls.end('clear')
    expect(settled).toBeUndefined()
    await calls.endAll()
  })
})

describe('drained', () => {
  it('waits for all that is under way now, and not for what comes later', async () => {
    const calls = new Calls()
    expect(calls.lanes.drained()).toBeUndefined()
    calls.make('read', reads('a'))
    calls.make('write', writes('b'))
    calls.make('clear', clears('c'))
    const drained = calls.lanes.drained()
    calls.make('later', writes('d'))
    await calls.end('read', 'write')
    expect(await stateOf(drained)).toBe('pending')
    await calls.end('clear')
    expect(await stateOf(drained)).toBe('fulfilled')
    await calls.endAll()
    expect(calls.lanes.idle).toBe(true)
  })
})
