import { describe, expect, it } from 'vitest'
import type { Codec, ValueContext } from '../../src/codec.js'
import type { Bytes } from '../../src/contract.js'
import { json } from '../../src/json.js'
import { type ValueLayer, values } from '../../src/values.js'
import { processOf, refuseUnhandled } from '../support/caches.js'
import { type Deferred, deferred, stateOf, turns } from '../support/deferred.js'
import { rejectionOf } from '../support/failures.js'
import { Server } from '../support/server.js'

refuseUnhandled()

const text = (bytes: Bytes): string => new TextDecoder().decode(bytes)
const bytes = (value: string): Bytes => new TextEncoder().encode(value)

/** A layer whose every encoding the test lets through. */
function slow() {
  const encodings: { readonly value: string; readonly end: Deferred<void> }[] = []
  const layer = values({
    name: 'slow',
    async: true,
    async encode(value) {
      const end = deferred()
      encodings.push({ value: text(value), end })
      await end.promise
      return { value, mark: true }
    },
    decode: async (value) => value,
  })
  const end = async (...order: string[]): Promise<void> => {
    for (const value of order) {
      encodings.find((encoding) => encoding.value === value)?.end.resolve()
      await turns()
    }
  }
  return { layer, encodings, end }
}

/** A layer that puts its name round the value. */
const wrapping = (name: string): ValueLayer =>
  values({
    name,
    encode: (value) => ({ value: bytes(`${name}(${text(value)})`), mark: name }),
    decode: (value) => bytes(text(value).slice(name.length + 1, -1)),
  })

describe('encode', () => {
  it.each<readonly [string, () => unknown, RegExp]>([
    ['text', () => 'x', /the codec odd: expected it to give bytes, at once, got a string/],
    ['a promise', async () => bytes('x'), /expected it to give bytes, at once, got a promise/],
    ['a buffer of another kind', () => new ArrayBuffer(1), /expected it to give bytes, got undefined/],
    ['a failure', () => JSON.parse('{') as unknown, /the codec odd: .*JSON/],
  ])('refuses a value that its codec makes %s of', async (_, encode, message) => {
    const odd: Codec<string> = { name: 'odd', encode: encode as () => Bytes, decode: () => 'never' }
    const { cache } = processOf<string>(new Server(), { encode: [odd] })
    const failure = await rejectionOf(cache.set('k', 'v'))
    expect(failure).toMatchObject({ code: 'INVALID_VALUE', source: 'odd' })
    expect(failure.message).toMatch(message)
  })

  it.each([
    [{ value: 'text', mark: 1 }, /the layer odd: expected \{ value: bytes, mark \}, got a string/],
    [bytes('x'), /the layer odd: expected \{ value: bytes, mark \}, got undefined/],
    [{ value: bytes('x') }, /the layer odd: expected \{ value: bytes, mark \}, got an object/],
  ])('refuses a value that a layer makes something else of: %#', async (coded, message) => {
    const odd = values({ name: 'odd', encode: () => coded as never, decode: (value) => value })
    const { cache } = processOf<string>(new Server(), { encode: [json(), odd] })
    const failure = await rejectionOf(cache.set('k', 'v'))
    expect(failure).toMatchObject({ code: 'INVALID_VALUE' })
    expect(failure.message).toMatch(message)
  })

  it('runs from left to right, marks each step, and back', async () => {
    const server = new Server()
    const { cache } = processOf<string>(server, { encode: [json(), wrapping('inner'), wrapping('outer')] })
    await cache.set('k', 'v')
    expect(server.texts).toEqual({ k: 'outer(inner(v))' })
    expect(server.get('k')).toMatchObject({ marks: { codec: 'json/text', inner: 'inner', outer: 'outer' }, size: 15 })
    expect(await cache.get('k')).toBe('v')
  })

  it('leaves the marks and the value alone where a layer declines', async () => {
    const server = new Server()
    const picky = values({
      name: 'picky',
      encode: (value) => (value.length < 5 ? undefined : { value, mark: 1 }),
      decode: (value) => value,
    })
    const { cache } = processOf<string>(server, { encode: [json(), picky] })
    await cache.setMany([
      ['a', 'abc'],
      ['b', 'abcdef'],
    ])
    expect([server.get('a')?.marks, server.get('b')?.marks]).toEqual([
      { codec: 'json/text' },
      { codec: 'json/text', picky: 1 },
    ])
    expect(await cache.getMany(['a', 'b'])).toEqual(['abc', 'abcdef'])
  })

  it('reads what was stored before a layer was added, and by a codec with forms', async () => {
    const server = new Server()
    const forms: Codec<string> = {
      name: 'forms',
      encode: (value) => (value === '' ? bytes('') : { bytes: bytes(value), form: value.slice(0, 1) }),
      decode: (value, form) => `${form}:${text(value)}`,
    }
    const plain = processOf<string>(server, { encode: [forms] }).cache
    await plain.setMany([
      ['a', 'x1'],
      ['b', ''],
    ])
    const { cache } = processOf<string>(server, { encode: [forms, wrapping('late')] })
    expect(await cache.getMany(['a', 'b'])).toEqual(['x:x1', 'undefined:'])
    expect(server.get('a')?.marks).toEqual({ codec: 'forms/x' })
  })

  it('tells each layer of what entry it works on', async () => {
    const seen: [string, Omit<ValueContext['header'], 'version'>][] = []
    const curious = values({
      name: 'curious',
      encode: (_, { key, header: { version: _version, ...header } }) => {
        const { kind, createdAt, staleAt, expiresAt, keptUntil } = header
        seen.push([key, { kind, createdAt, staleAt, expiresAt, keptUntil }])
        return undefined
      },
      decode: (value) => value,
    })
    const { cache, clock } = processOf<string>(new Server(), { encode: [json(), curious] })
    await cache.namespace('n').set('k', 'v', { ttlMs: 10, freshMs: 5, graceMs: 5 })
    const now = clock.now()
    const times = { createdAt: now, staleAt: now + 5, expiresAt: now + 10, keptUntil: now + 15 }
    expect(seen).toEqual([['n\u241fk', { kind: 'value', ...times }]])
  })
})

describe('an encoding that takes its time', () => {
  it('lets no later call of its key pass', async () => {
    const { layer, end } = slow()
    const server = new Server()
    const { cache } = processOf<string>(server, { encode: [json(), layer] })
    const calls = [
      cache.set('k', 'first'),
      cache.set('k', 'second'),
      cache.get('k'),
      cache.delete('k'),
      cache.add('k', 'third'),
    ]
    const other = cache.set('other', 'free')
    await turns()
    await end('free', 'third', 'second')
    expect(await stateOf(other)).toBe('fulfilled')
    expect(server.texts).toEqual({ other: 'free' })
    await end('first')
    expect(await Promise.all(calls)).toEqual([undefined, undefined, 'second', true, true])
    expect(server.texts).toEqual({ k: 'third', other: 'free' })
  })

  it('stores the value as it was at the call, alone and in batches', async () => {
    const { layer, end } = slow()
    const server = new Server()
    const { cache } = processOf<{ of: string }>(server, { encode: [json(), layer] })
    const values = ['a', 'b'].map((of) => ({ of }))
    const [a, b] = values
    const calls = a && b && [cache.set('a', a), cache.setMany([['b', b]])]
    for (const value of values) value.of = 'changed'
    await turns()
    await end('{"of":"a"}', '{"of":"b"}')
    await Promise.all(calls ?? [])
    expect(server.texts).toEqual({ a: '{"of":"a"}', b: '{"of":"b"}' })
  })

  it('that fails, fails its call alone, and lets the next through', async () => {
    const failing = values({
      name: 'failing',
      encode: async (value) => {
        if (text(value).startsWith('bad')) throw new RangeError('bad')
        return { value, mark: 1 }
      },
      decode: (value) => value,
    })
    const server = new Server()
    const { cache } = processOf<string>(server, { encode: [json(), failing] })
    const calls = await Promise.allSettled([
      cache.set('k', 'good'),
      cache.set('k', 'bad'),
      cache.setMany([
        ['k', 'bad'],
        ['l', 'bad too'],
      ]),
      cache.get('k'),
    ])
    expect(calls.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
    expect(server.texts).toEqual({ k: 'good' })
  })

  it('that fails before its turn comes leaves no rejection unhandled, even where the turn never comes', async () => {
    const failing = values({
      name: 'failing',
      encode: async () => {
        throw new RangeError('bad')
      },
      decode: (value) => value,
    })
    const { cache, store, clock } = processOf<string>(new Server(), { encode: [json(), failing] })
    store.held = true
    const before = cache.delete('k')
    const calls = [
      cache.set('k', 'bad'),
      cache.set('k', 'bad', { deadlineMs: 10 }),
      cache.setMany(
        [
          ['k', 'bad'],
          ['l', 'bad'],
        ],
        { deadlineMs: 10 },
      ),
    ].map((call) => call.catch((error: unknown) => error))
    await turns()
    clock.advance(15)
    await store.settleAll()
    await before
    expect(await Promise.all(calls)).toMatchObject([{ message: 'bad' }, { code: 'TIMEOUT' }, { code: 'TIMEOUT' }])
  })

  it('is done for the first of a batch though that of the second is refused', async () => {
    const mixed = values({
      name: 'mixed',
      encode: (value) => {
        if (text(value) === 'now') throw new RangeError('now')
        return Promise.reject(new RangeError('later'))
      },
      decode: (value) => value,
    })
    const { cache } = processOf<string>(new Server(), { encode: [json(), mixed] })
    await expect(
      cache.setMany([
        ['a', 'later'],
        ['b', 'now'],
      ]),
    ).rejects.toThrow('now')
  })
})
