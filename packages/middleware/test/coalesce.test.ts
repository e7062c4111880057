import { memory } from '@cachette/adapter-memory'
import {
  type Bytes,
  CacheError,
  type Call,
  createCache,
  type KeyOutcome,
  manualClock,
  type Store,
} from '@cachette/core'
import { type CoalesceOptions, coalesce } from '@cachette/middleware/coalesce'
import { tags } from '@cachette/middleware/tags'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

type Read = Store<Bytes>['read']

/** Bytes in memory that answer later, and what was read of them. */
function later(read?: (keys: readonly string[], call: Call, own: Read) => ReturnType<Read>) {
  const own = memory({ copies: true })
  const reads: (readonly string[])[] = []
  const store: Store<Bytes> = {
    name: 'later',
    contract: 1,
    traits: { ...own.traits, sync: 'none' },
    read: async (keys, call) => {
      reads.push(keys)
      await turn()
      return read === undefined ? own.read(keys, call) : read(keys, call, own.read.bind(own))
    },
    write: async (changes, call) => {
      await turn()
      return own.write(changes, call)
    },
    scan: (prefix, call) => own.scan(prefix, call),
    clear: async (prefix, call) => own.clear(prefix, call),
    close: () => own.close(),
  }
  return { store, reads }
}

function open(options: CoalesceOptions = {}, read?: Parameters<typeof later>[0]) {
  const { store, reads } = later(read)
  const clock = manualClock()
  const layer = coalesce(options)
  return { cache: createCache<string>({ store, use: [layer], clock }), reads, layer, clock }
}

const turn = (): Promise<unknown> => new Promise(setImmediate)

describe('The single reads of one turn', () => {
  test('are one batch below, also where some are made after something ready', async () => {
    const { cache, reads } = open()
    await cache.setMany([
      ['a', 'A'],
      ['b', 'B'],
    ])
    const late = Promise.resolve().then(() => cache.get('c'))
    expect(await Promise.all([cache.get('a'), cache.get('b'), cache.get('a'), late])).toEqual([
      'A',
      'B',
      'A',
      undefined,
    ])
    expect(reads).toEqual([['a', 'b', 'c']])
  })

  test('are apart where they ask for something else, or by another time', async () => {
    const { cache, reads } = open()
    await Promise.all([cache.get('a'), cache.has('b'), cache.get('c', { deadlineMs: 5 }), cache.getMany(['d', 'e'])])
    expect(reads).toHaveLength(4)
  })

  test('are at most so many, and that can be changed', async () => {
    const { cache, reads, layer } = open({ maxBatch: 2 })
    const keys = ['a', 'b', 'c', 'd', 'e']
    await Promise.all(keys.map((key) => cache.get(key)))
    expect(reads).toEqual([['a', 'b'], ['c', 'd'], ['e']])
    layer.configure({ maxBatch: 5 })
    await Promise.all(keys.map((key) => cache.get(key)))
    expect(reads.at(-1)).toEqual(keys)
    expect(() => layer.configure({ maxBatch: 0 })).toThrow('maxBatch')
    // @ts-expect-error: there is no such option
    expect(() => coalesce({ max: 1 })).toThrow('no option "max"')
  })

  test('of callers that each change what they were given, are copies', async () => {
    const { store } = later()
    const cache = createCache<Uint8Array>({ store, use: [coalesce()] })
    await cache.set('a', Uint8Array.of(1))
    const [one, other] = await Promise.all([cache.get('a'), cache.get('a')])
    one?.fill(9)
    expect(other).toEqual(Uint8Array.of(1))
  })

  test('stand aside where the store answers at once', () => {
    const cache = createCache<string>({ store: memory({ copies: true }), use: [coalesce()] })
    cache.sync.set('a', 'A')
    expect(cache.sync.get('a')).toBe('A')
  })
})

describe('Each caller', () => {
  test('has its own outcome', async () => {
    const broken = new CacheError('UNAVAILABLE', 'one of several servers is gone')
    const { cache } = open({}, async (keys, call, own) => {
      const found = await own(keys, call)
      const outcomes = keys.map((key, index): KeyOutcome => {
        return key === 'b' ? { key, error: broken } : { key, value: found[index] }
      })
      throw new CacheError('UNAVAILABLE', 'a part failed', { outcomes })
    })
    await cache.setMany([['a', 'A']])
    const [a, b, c] = await Promise.allSettled([cache.get('a'), cache.get('b'), cache.get('c')])
    expect(a).toEqual({ status: 'fulfilled', value: 'A' })
    expect(b).toEqual({ status: 'rejected', reason: broken })
    expect(c).toEqual({ status: 'fulfilled', value: undefined })
  })

  test('has an error of its own where all of it failed', async () => {
    const { cache } = open({}, () => {
      throw new CacheError('UNAVAILABLE', 'gone', { details: { at: 1 } })
    })
    const [a, b] = await Promise.all([cache.get('a').catch((e: unknown) => e), cache.get('b').catch((e: unknown) => e)])
    for (const error of [a, b]) expect(error).toMatchObject({ code: 'UNAVAILABLE', details: { at: 1 }, retry: 'yes' })
    expect(a).not.toBe(b)
  })

  test('is aborted alone', async () => {
    const { cache, reads } = open()
    await cache.set('b', 'B')
    const [early, late] = [new AbortController(), new AbortController()]
    const aborted = cache.get('a', { signal: early.signal })
    const under = cache.get('c', { signal: late.signal })
    const other = cache.get('b')
    early.abort()
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' })
    await Promise.resolve()
    late.abort()
    await expect(under).rejects.toMatchObject({ code: 'ABORTED' })
    expect(await other).toBe('B')
    expect(reads.flat()).not.toContain('a')
  })

  test('is answered or told within its own time', async () => {
    const { cache, clock } = open({}, () => new Promise(() => undefined))
    const short = cache.get('a', { deadlineMs: 10 })
    const long = cache.get('b', { deadlineMs: 100 })
    const settled: string[] = []
    short.catch(() => settled.push('short'))
    long.catch(() => settled.push('long'))
    await turn()
    clock.advance(20)
    await expect(short).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(settled).toEqual(['short'])
    clock.advance(100)
    await expect(long).rejects.toMatchObject({ code: 'TIMEOUT' })
  })
})

describe('The order of calls', () => {
  test('is kept for each key, whatever stands in one turn', async () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      verb: fc.constantFrom('get', 'set', 'delete', 'take'),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.boolean(), async (steps, tagged) => {
        const { store } = later()
        const cache = createCache<string>({
          store,
          use: tagged ? [tags(), coalesce()] : [coalesce()],
          deadlineMs: 60_000,
        })
        const model = new Map<string, string>()
        const answers = steps.map(({ key, verb }, index) => {
          const value = model.get(key)
          if (verb === 'set') model.set(key, String(index))
          else if (verb !== 'get') model.delete(key)
          if (verb === 'set') return { answer: cache.set(key, String(index), { tags: [key] }), expected: undefined }
          if (verb === 'delete') return { answer: cache.delete(key), expected: value !== undefined }
          return { answer: verb === 'get' ? cache.get(key) : cache.take(key), expected: value }
        })
        expect(await Promise.all(answers.map(({ answer }) => answer))).toEqual(answers.map(({ expected }) => expected))
        await cache.close()
      }),
      { numRuns: 100 },
    )
  })
})
