import { CacheError, SEPARATOR, systemClock } from '@cachette/core'
import fc from 'fast-check'
import { Keyv as Keyv5 } from 'keyv'
import { Keyv as Keyv6 } from 'keyv6'
import { expect, test } from 'vitest'
import { type KeyvOptions, keyv } from '../src/index.js'
import { escaped, PlainNames } from '../src/names.js'
import { AsyncStore, ExpiresStore, JsonStore, SilentStore } from './stores.js'
import { text, Writer } from './support.js'

const DAY = 86_400_000

test('a store is told of lifetimes later than they end, in whole seconds, and of none beyond its timers', async () => {
  const writer = new Writer()
  const backing = new AsyncStore()
  const store = keyv({ store: backing, clock: writer.clock })
  const { call, put } = { call: writer.call(), put: writer.put.bind(writer) }
  await store.write([put('a', 'x', 1), put('b', 'x', 1_000), put('c', 'x', 1_001), put('d', 'x')], call)
  await store.write([put('e', 'x', 24 * DAY), put('f', 'x', 25 * DAY)], call)
  expect(backing.ttls).toEqual([2_000, 2_000, 3_000, undefined, 24 * DAY + 1_000, undefined])
})

test('one made for Keyv 6 is told of the time of the end, by the clock of its machine', async () => {
  const writer = new Writer()
  const backing = new ExpiresStore()
  const from = systemClock.now()
  await keyv({ store: backing, clock: writer.clock }).write([writer.put('a', 'x', 500)], writer.call())
  const [end] = backing.ends
  expect(end).toBeGreaterThanOrEqual(from + 2_000)
  expect(end).toBeLessThanOrEqual(systemClock.now() + 2_000)
})

test.each(['ttl', 'expires', 'none'] as const)('expiry: %s goes before what the store says', async (expiry) => {
  const writer = new Writer()
  const backing = new ExpiresStore()
  await keyv({ store: backing, expiry, clock: writer.clock }).write([writer.put('a', 'x', 500)], writer.call())
  const end = Number(backing.ends[0])
  expect(expiry === 'none' ? Number.isNaN(end) : end > 2_000 === (expiry === 'expires')).toBe(true)
})

test('a failure that the store tells as an event is neither a miss nor a success', async () => {
  const writer = new Writer()
  const backing = new SilentStore()
  const store = keyv({ store: backing, clock: writer.clock })
  await store.write([writer.put('a', 'x')], writer.call())
  backing.failure = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  await expect(store.read(['a'], writer.call())).rejects.toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' })
  await expect(store.write([writer.put('a', 'y')], writer.call())).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await expect(store.scan('', writer.call())[Symbol.asyncIterator]().next()).rejects.toThrow('UNAVAILABLE')
  await expect(store.clear('', writer.call())).rejects.toThrow('UNAVAILABLE')
  backing.failure = undefined
  expect(text((await store.read(['a'], writer.call()))[0]?.value)).toBe('x')
  expect(backing.listenerCount('error')).toBe(1)
  await store.close()
  expect(backing.listenerCount('error')).toBe(0)
})

test('a store that says no to a write or a removal has failed', async () => {
  const writer = new Writer()
  class Refusing extends Map<string, unknown> {
    refuses = false
    override delete(key: string): boolean {
      return this.refuses ? false : super.delete(key)
    }
  }
  const backing = new Refusing()
  const store = keyv({ store: { get: (key) => backing.get(key), set: () => false, delete: () => false } })
  await expect(store.write([writer.put('a', 'x')], writer.call())).rejects.toMatchObject({
    code: 'BACKEND',
    outcome: 'unknown',
  })
  const other = keyv({ store: backing, clock: writer.clock })
  await other.write([writer.put('a', 'x'), writer.put('b', 'x')], writer.call())
  backing.refuses = true
  const failed = other.write([writer.remove('a'), writer.put('c', 'x')], writer.call())
  await expect(failed).rejects.toMatchObject({
    code: 'BACKEND',
    outcomes: [
      { key: 'a', error: expect.any(CacheError) },
      { key: 'c', value: true },
    ],
  })
})

test('a store whose namespace somebody changes is not read any more', async () => {
  const writer = new Writer()
  const backing = new AsyncStore()
  const store = keyv({ store: backing, clock: writer.clock })
  await store.write([writer.put('a', 'x')], writer.call())
  new Keyv5({ store: backing, namespace: 'theirs' })
  await expect(store.read(['a'], writer.call())).rejects.toThrow('give each of its users a store of its own')
})

test('two stores on one Keyv store judge conditions one after the other, and roots keep apart', async () => {
  const writer = new Writer()
  const backing = new AsyncStore()
  const stores = [1, 2, 3].map(() => keyv({ store: backing, clock: writer.clock }))
  const other = keyv({ store: backing, root: 'Other:', clock: writer.clock })
  const writes = stores.map(async (store) => store.write([{ ...writer.put('a', 'x'), when: 'absent' }], writer.call()))
  expect((await Promise.all(writes)).flat().sort()).toEqual([false, false, true])
  expect(await other.read(['a'], writer.call())).toEqual([undefined])
  await other.write([writer.put('a', 'other')], writer.call())
  await stores[0]?.clear('', writer.call())
  expect(text((await other.read(['a'], writer.call()))[0]?.value)).toBe('other')
})

test('nothing outside the root is listed or cleared, whatever it is', async () => {
  const writer = new Writer()
  const theirs = [
    ['a', 'theirs'],
    ['cachette', 'theirs'],
    ['cachette:%zz', 'not a name of ours'],
    ['cachettes:a', 'theirs'],
  ] as const
  const backing = new Map<string, string>(theirs)
  const store = keyv({ store: backing, clock: writer.clock })
  await store.write([writer.put('a', 'x'), writer.put('b'.repeat(500), 'x')], writer.call())
  const keys: string[] = []
  for await (const page of store.scan('', writer.call())) keys.push(...page.map(([key]) => key))
  expect(keys.sort()).toEqual(['a', 'b'.repeat(500)])
  await store.clear('b', writer.call())
  expect(backing.size).toBe(theirs.length + 1)
  await store.clear('', writer.call())
  // Under our root is ours.
  expect([...backing.keys()]).toEqual(['a', 'cachette', 'cachettes:a'])
})

test.each(['no', 'any'] as const)(
  'a store that cannot list clears namespaces by generations: evicts %s',
  async (evicts) => {
    const writer = new Writer()
    const store = keyv({ store: new JsonStore(), evicts, clock: writer.clock })
    const keys = ['a', `n${SEPARATOR}a`, `n${SEPARATOR}m${SEPARATOR}a`, `N${SEPARATOR}a`]
    const there = async (): Promise<readonly boolean[]> =>
      (await store.read(keys, writer.call())).map((found) => found !== undefined)
    expect(await there()).toEqual([false, false, false, false])
    const fill = (): Promise<unknown> =>
      store.write(
        keys.map((key) => writer.put(key, 'x')),
        writer.call(),
      ) as Promise<unknown>
    await fill()
    expect(await there()).toEqual([true, true, true, true])
    await store.clear(`n${SEPARATOR}`, writer.call())
    expect(await there()).toEqual([true, false, false, true])
    await fill()
    await store.clear(`n${SEPARATOR}m${SEPARATOR}`, writer.call())
    expect(await there()).toEqual([true, true, false, true])
    await store.clear('', writer.call())
    expect(await there()).toEqual([false, false, false, false])
    await expect(store.sweep()).rejects.toThrow('UNSUPPORTED')
  },
)

test('where a store drops a generation, nothing that was cleared comes back', async () => {
  const writer = new Writer()
  const backing = new Map<string, string>()
  const store = keyv({ store: backing, lists: false, evicts: 'any', clock: writer.clock })
  await store.write([writer.put('a', 'old')], writer.call())
  await store.clear('', writer.call())
  backing.delete('cachette:@')
  expect(await store.read(['a'], writer.call())).toEqual([undefined])
  await Promise.all(['b', 'c'].map(async (key) => store.write([writer.put(key, 'x')], writer.call())))
  const found = await store.read(['a', 'b', 'c'], writer.call())
  expect(found.map((entry) => text(entry?.value))).toEqual([undefined, 'x', 'x'])
})

test('bytes are refused where they do not come back, and after a failure looked for again', async () => {
  const writer = new Writer()
  const json = keyv({ store: new JsonStore(), values: 'bytes', clock: writer.clock })
  for (let time = 0; time < 2; time += 1) {
    await expect(json.read(['a'], writer.call())).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  }
  const forgetful = keyv({ store: { get: () => undefined, set: () => true, delete: () => false }, values: 'bytes' })
  await expect(forgetful.clear('', writer.call())).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  const backing = new SilentStore()
  const store = keyv({ store: backing, values: 'bytes', clock: writer.clock })
  backing.failure = new Error('down')
  await expect(store.read(['a'], writer.call())).rejects.toMatchObject({ code: 'BACKEND' })
  backing.failure = undefined
  await store.write([writer.put('a', 'x')], writer.call())
  expect([...backing.values.values()]).toEqual([expect.any(Uint8Array)])
  // A store that held text before, and one that holds bytes now, are read alike.
  expect(text((await keyv({ store: backing }).read(['a'], writer.call()))[0]?.value)).toBe('x')
})

test('what is stored and is no frame is damage, to be replaced only as it was read', async () => {
  const writer = new Writer()
  const backing = new Map<string, unknown>([
    ['cachette:a', { type: 'Buffer', data: [1] }],
    ['cachette:b', 'some text'],
    ['cachette:c', 7],
  ])
  const store = keyv({ store: backing, clock: writer.clock })
  const found = await store.read(['a', 'b', 'c'], writer.call())
  expect(found.map((entry) => entry?.kind)).toEqual(['damaged', 'damaged', 'damaged'])
  const [first] = found
  backing.set('cachette:a', 'other text')
  const when = first && { version: first.version }
  expect(await store.write([{ ...writer.remove('a'), when }], writer.call())).toEqual([false])
  expect(backing.has('cachette:a')).toBe(true)
})

test('an instance is used past itself, and refused where that would leave something out', async () => {
  const writer = new Writer()
  const map = new Map<string, string>()
  const coding = { compress: async (value: string) => value, decompress: async (value: string) => value }
  await keyv({ store: new Keyv5({ store: map }), clock: writer.clock }).write([writer.put('a', 'x')], writer.call())
  expect([...map.keys()]).toEqual(['cachette:a'])
  const encryption = { encrypt: (value: string) => value, decrypt: (value: string) => value }
  expect(() => keyv({ store: new Keyv6({ compression: coding }) })).toThrow('without compression')
  expect(() => keyv({ store: new Keyv6({ encryption }) })).toThrow('without encryption')
})

test.each<[object, string]>([
  [{}, 'expected store to be a Keyv store, with get, set and delete, got undefined'],
  [{ store: { get: () => 1 } }, 'expected store to be a Keyv store'],
  [{ store: new Map(), roof: 'x' }, 'no option "roof": did you mean "root"?'],
  [{ store: new Map(), root: '' }, 'expected root'],
  [{ store: new Map(), root: '\ud800' }, 'expected root'],
  [{ store: new Map(), root: 'A'.repeat(34) }, 'at most 100 characters'],
  [{ store: new Map(), values: 'json' }, "'text' or 'bytes'"],
  [{ store: new Map(), maxValueBytes: 0 }, 'expected maxValueBytes'],
  [{ store: new JsonStore(), lists: true }, 'a store with iterator or entries'],
])('options that cannot be are refused: %o', (options, message) => {
  expect(() => keyv(options as KeyvOptions)).toThrow(message)
})

test('a sweep reclaims what is over, slice by slice, and nothing that was replaced or is not ours', async () => {
  const writer = new Writer()
  const backing = new Map<string, string>([['theirs', 'x']])
  const store = keyv({ store: backing, clock: writer.clock })
  const many = Array.from({ length: 300 }, (_, index) => writer.put(`k${index}`, 'x', index % 2 === 0 ? 10 : 1_000))
  await store.write(many, writer.call())
  writer.clock.advance(10)
  await store.write([writer.put('k0', 'again')], writer.call())
  expect(await store.sweep()).toMatchObject({ examined: 301, reclaimed: 149 })
  expect(backing.size).toBe(152)
  await store.close()
})

test('a sweep asks for what the store lists by name alone, and one that was left begins anew', async () => {
  const writer = new Writer()
  const store = keyv({ store: new AsyncStore(), clock: writer.clock, expiry: 'none' })
  await store.write(
    Array.from({ length: 600 }, (_, index) => writer.put(`k${index}`, 'x', 10)),
    writer.call(),
  )
  await store.write([writer.put('l'.repeat(300), 'x', 10), writer.put('stays', 'x')], writer.call())
  writer.clock.advance(10)
  const abort = new AbortController()
  const left = store.sweep({ signal: abort.signal, onProgress: () => abort.abort() })
  await expect(left).rejects.toMatchObject({ code: 'ABORTED' })
  expect((await store.sweep()).examined).toBeGreaterThan(300)
  const keys: string[] = []
  for await (const page of store.scan('', writer.call())) keys.push(...page.map(([key]) => key))
  expect(keys).toEqual(['stays'])
  await store.close()
})

test('a damaged generation is an error until its namespace is cleared', async () => {
  const writer = new Writer()
  const backing = new Map<string, unknown>([['cachette:@', { damaged: true }]])
  const store = keyv({ store: backing, lists: false, clock: writer.clock })
  await expect(store.read(['a'], writer.call())).rejects.toMatchObject({ code: 'CORRUPT' })
  await store.clear('', writer.call())
  expect(await store.read(['a'], writer.call())).toEqual([undefined])
})

test('names are of small letters, digits and few others, and no two keys have one', () => {
  const names = new PlainNames('root')
  const nameOf = (key: string): string => names.of([key])[0] ?? ''
  const keys = fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }).filter((key) => key.isWellFormed())
  fc.assert(
    fc.property(keys, keys, (a, b) => {
      expect(escaped(a)).toMatch(/^[a-z0-9._%-]+$/)
      expect(nameOf(a).length).toBeLessThanOrEqual(200)
      expect(nameOf(a) === nameOf(b)).toBe(a === b)
      expect(names.keyIn(nameOf(a))).toBe(nameOf(a).includes('~') ? undefined : a)
    }),
  )
})
