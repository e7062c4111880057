import { lmdb } from '@cachette/adapter-lmdb'
import { memory } from '@cachette/adapter-memory'
import { msgpack } from '@cachette/codecs/msgpack'
import { type Cache, createCache, json, manualClock } from '@cachette/core'
import { type SchemaOptions, schema } from '@cachette/middleware/schema'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { failureOf } from './support/failures.js'
import { temporary } from './support/folders.js'

const User = z.object({ name: z.string(), age: z.number().int().default(0) })
type User = z.infer<typeof User>

type Options = Omit<SchemaOptions<User>, 'schema'>

interface Place {
  readonly cache: Cache<User>
  readonly layer: ReturnType<typeof schema<User>>
  /** The same store, without the schema. */
  readonly plain: Cache<unknown>
  readonly told: string[]
}

/** A schema where it sees values: before a codec, and over memory by reference. */
const PLACES = {
  'round a codec': (options: Options = {}): Place => {
    const store = memory({ copies: true })
    const layer = schema({ schema: User, ...options })
    const cache = createCache<User>({ store, encode: [layer.codec(json())] })
    return told({ cache, layer, plain: createCache<unknown>({ store, encode: [json()] }) })
  },
  'over memory by reference': (options: Options = {}): Place => {
    const store = memory<User>()
    const layer = schema({ schema: User, ...options })
    const cache = createCache<User>({ store, use: [layer] })
    return told({ cache, layer, plain: createCache<User>({ store }) as unknown as Cache<unknown> })
  },
} as const

function told(place: Omit<Place, 'told'>): Place {
  const heard: string[] = []
  place.cache.on('damage', ({ key, error }) => heard.push(`${key} ${error?.code}`))
  return { ...place, told: heard }
}

const places = Object.entries(PLACES)

describe.each(places)('a schema %s', (_, open) => {
  it('lets pass what fits, and refuses the rest with the path to it', async () => {
    const { cache, plain } = open()
    await cache.set('a', { name: 'Ada', age: 36 })
    expect(await cache.get('a')).toEqual({ name: 'Ada', age: 36 })
    const wrong = { name: 'Ada', age: 'old' } as unknown as User
    for (const write of [
      () => cache.set('b', wrong),
      () => cache.add('b', wrong),
      () => cache.update('b', () => wrong),
      () =>
        cache.setMany([
          ['c', { name: 'Bob', age: 1 }],
          ['b', wrong],
        ]),
    ]) {
      const failure = await failureOf(write)
      expect(failure.code).toBe('INVALID_VALUE')
      expect(failure.message).toContain('does not fit the schema at value.age: ')
      expect(failure.details).toEqual({ path: 'value.age' })
    }
    expect(await plain.getMany(['b', 'c'])).toEqual([undefined, undefined])
    await cache.close()
  })

  it('gives what it makes of what is stored, which is what was given', async () => {
    const { cache, plain } = open()
    await plain.set('a', { name: 'Ada', unknown: true })
    expect(await cache.get('a')).toEqual({ name: 'Ada', age: 0 })
    expect(await cache.getMany(['a', 'a'])).toEqual([
      { name: 'Ada', age: 0 },
      { name: 'Ada', age: 0 },
    ])
    expect(await plain.get('a')).toEqual({ name: 'Ada', unknown: true })
    const listed: unknown[] = []
    for await (const entry of cache.entries()) listed.push(entry)
    expect(listed).toEqual([['a', { name: 'Ada', age: 0 }]])
    expect(await cache.take('a')).toEqual({ name: 'Ada', age: 0 })
    await cache.close()
  })

  it('makes what does not fit absent; it is told and reclaimed', async () => {
    const { cache, plain, told: heard } = open()
    await plain.setMany([
      ['a', 'no user'],
      ['b', { name: 5 }],
      ['c', { name: 'Cy', age: 3 }],
    ])
    expect(await cache.getMany(['a', 'c'])).toEqual([undefined, { name: 'Cy', age: 3 }])
    expect(await cache.add('a', { name: 'Ann', age: 1 })).toBe(true)
    const keys: string[] = []
    for await (const [key] of cache.entries()) keys.push(key)
    expect(keys.sort()).toEqual(['a', 'c'])
    expect(heard.sort()).toEqual(['a CORRUPT', 'b CORRUPT'])
    expect(await plain.has('b')).toBe(false)
    expect(await cache.getOrSet('b', () => ({ name: 'Bob', age: 2 }))).toEqual({ name: 'Bob', age: 2 })
    await cache.close()
  })

  it('makes reading it an error, and leaves it there', async () => {
    const { cache, plain, told: heard } = open({ misfit: 'error' })
    await plain.set('a', { name: 5 })
    const failure = await failureOf(() => cache.get('a'))
    expect(failure).toMatchObject({ code: 'UNSUPPORTED', source: 'schema', details: { path: 'value.name' } })
    expect(await cache.has('a')).toBe(true)
    expect(await cache.add('a', { name: 'Ann', age: 1 })).toBe(false)
    expect(await plain.get('a')).toEqual({ name: 5 })
    expect(heard).toEqual([])
    await cache.close()
  })

  it('migrates it by a function, whose result must fit', async () => {
    const issues: unknown[] = []
    const { cache, plain } = open({
      misfit: (value, [issue]) => {
        issues.push(issue?.path)
        return typeof value === 'string' ? { name: value, age: 1 } : value
      },
    })
    await plain.set('a', 'Ada')
    await plain.set('b', { name: 5 })
    expect(await cache.get('a')).toEqual({ name: 'Ada', age: 1 })
    expect(await cache.update('a', (user) => ({ name: `${user?.name}!`, age: 2 }))).toEqual({ name: 'Ada!', age: 2 })
    expect(await cache.get('b')).toBeUndefined()
    expect(issues).toContainEqual(['name'])
    await cache.close()
  })

  it('whose function or validator throws fails the read, and nothing is reclaimed', async () => {
    const { cache, plain, layer } = open({
      misfit: () => {
        throw new Error('a bug')
      },
    })
    await plain.set('a', 'Ada')
    expect(await failureOf(() => cache.get('a'))).toMatchObject({
      code: 'BACKEND',
      message: 'BACKEND: schema: the function that migrates threw',
    })
    layer.configure({ misfit: (value) => ({ name: value }) })
    expect(await cache.get('a')).toEqual({ name: 'Ada', age: 0 })
    await cache.close()
  })

  it('may stand on one side alone', async () => {
    const wrong = { name: 5 } as unknown as User
    const reads = open({ on: 'read' })
    await reads.cache.set('a', wrong)
    expect(await reads.cache.get('a')).toBeUndefined()
    const writes = open({ on: 'write' })
    expect((await failureOf(() => writes.cache.set('a', wrong))).code).toBe('INVALID_VALUE')
    await writes.plain.set('a', wrong)
    expect(await writes.cache.get('a')).toEqual(wrong)
    writes.layer.configure({ on: 'both' })
    expect(await writes.cache.get('a')).toBeUndefined()
    await reads.cache.close()
    await writes.cache.close()
  })

  it('does not give a kept value that does not fit to a load that fails', async () => {
    const clock = manualClock()
    for (const store of [memory<User>({ clock }), memory({ copies: true, clock })]) {
      const layer = schema({ schema: User })
      const isCopy = store.traits.values === 'bytes'
      const options = isCopy ? { encode: [layer.codec(json())] } : { use: [layer] }
      const life = { ttlMs: 10, graceMs: 1_000 }
      const plain = createCache<unknown>({ store, clock, ...(isCopy && { encode: [json()] }), ...life } as never)
      const cache = createCache<User>({ store, clock, ...options, ...life } as never)
      await plain.set('a', 'no user')
      await plain.set('b', { name: 'Bob' })
      clock.advance(20)
      const failing = { load: () => Promise.reject(new Error('down')) }
      await expect(cache.getOrSet('a', failing.load)).rejects.toThrow('down')
      expect(await cache.getOrSet('b', failing.load)).toEqual({ name: 'Bob', age: 0 })
      await plain.close()
      await cache.close()
    }
  })
})

describe('a validator', () => {
  const standard = (validate: (value: unknown) => unknown): StandardSchemaV1<unknown, string> => ({
    '~standard': { version: 1, vendor: 'own', validate: validate as never },
  })

  it('that answers with promises is refused, on write and on read', async () => {
    const layer = schema({ schema: standard(async (value) => ({ value })) })
    const store = memory<string>()
    const cache = createCache<string>({ store, use: [layer] })
    const refusal = { code: 'INVALID_OPTION', message: expect.stringMatching(/answers at once, got a promise/) }
    expect(await failureOf(() => cache.set('a', 'x'))).toMatchObject(refusal)
    const plain = createCache<string>({ store })
    await plain.set('a', 'x')
    expect(await failureOf(() => cache.get('a'))).toMatchObject(refusal)
    expect(await plain.get('a')).toBe('x')
    const failing = schema({ schema: standard(() => Promise.reject(new Error('later'))) })
    expect(await failureOf(() => failing.codec(json()).encode('x'))).toMatchObject(refusal)
    await cache.close()
    await plain.close()
  })

  it('may say where by steps of any kind, or not at all', async () => {
    const at = async (path: unknown): Promise<string | undefined> => {
      const issues = [{ message: 'wrong', ...(path !== undefined && { path }) }]
      const { codec } = schema({ schema: standard(() => ({ issues })) })
      return /at (\S+): wrong/.exec((await failureOf(() => codec(json()).encode('x'))).message)?.[1]
    }
    expect(await at(undefined)).toBe('value')
    expect(await at(['a', 0, { key: 'b' }, Symbol('c')])).toBe('value.a[0].b.Symbol(c)')
    const { codec } = schema({ schema: standard(() => ({ issues: [] })) })
    expect((await failureOf(() => codec(json()).encode('x'))).message).toContain('at value: no reason was given')
  })

  it('that throws fails the call', async () => {
    const { codec } = schema({
      schema: standard(() => {
        throw new Error('a bug')
      }),
    })
    expect((await failureOf(() => codec(json()).encode('x'))).message).toBe('BACKEND: schema: the validator threw')
  })
})

describe('entries', () => {
  it('over a store of bytes are those of the codec itself, of any codec', async () => {
    const anything = fc.record({ name: fc.string(), age: fc.integer() }, { noNullPrototype: true })
    const path = temporary()
    const layer = schema({ schema: User })
    for (const codec of [json<User>(), msgpack<User>()]) {
      const store = lmdb({ path, name: codec.name })
      const cache = createCache<User>({ store, encode: [layer.codec(codec)] })
      const plain = createCache<User>({ store, encode: [codec] })
      await fc.assert(
        fc.asyncProperty(anything, async (user) => {
          await cache.set('a', user)
          expect(await plain.get('a')).toEqual(user)
          expect(await cache.get('a')).toEqual(user)
        }),
        { numRuns: 20 },
      )
      await cache.close()
      await plain.close()
    }
  })
})

it('schema takes a Standard Schema and known options, and stands where it sees values', async () => {
  const wrong: readonly [unknown, RegExp][] = [
    [{}, /expected schema to be a Standard Schema/],
    [{ schema: {} }, /expected schema to be a Standard Schema/],
    [{ schema: { '~standard': { version: 1 } } }, /expected schema to be a Standard Schema/],
    [{ schema: User, on: 'get' }, /'write' or 'read' or 'both'/],
    [{ schema: User, misfit: 'drop' }, /'absent', 'error' or a function/],
    [{ schema: User, misfits: 'error' }, /did you mean "misfit"/],
  ]
  for (const [options, message] of wrong) {
    expect((await failureOf(() => schema(options as SchemaOptions<User>))).message).toMatch(message)
  }
  const layer = schema({ schema: User })
  expect((await failureOf(() => layer.configure({ on: 'no' as 'read', misfit: 'error' }))).code).toBe('INVALID_OPTION')
  expect(layer.settings).toEqual({ on: 'both', misfit: 'absent' })
  const bytes = { store: memory({ copies: true }), use: [schema({ schema: z.unknown() })] }
  expect((await failureOf(() => createCache(bytes as never))).message).toMatch(/schema needs values 'any'/)
})
