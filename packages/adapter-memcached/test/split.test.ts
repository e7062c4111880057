import { type MemcachedServer, memcachedServer } from '@cachette/conformance/servers'
import { type Bytes, type Change, createCache, type Store } from '@cachette/core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { memcached } from '../src/index.js'
import { Names } from '../src/names.js'
import { manifestIn, split } from '../src/parts.js'
import { Raw } from './raw.js'
import { addressOf, callOf, failureOf, put, removal } from './using.js'

const MIB = 2 ** 20

let server: MemcachedServer
let store: Store<Bytes>
let raw: Raw

beforeAll(async () => {
  server = await memcachedServer({ memoryMb: 256 })
})
beforeEach(() => {
  store = memcached({ servers: [addressOf(server)], maxValueBytes: 8 * MIB })
  raw = new Raw(server.host, server.port)
  return async () => {
    await store.close()
    await raw[Symbol.asyncDispose]()
  }
})
afterAll(() => server.stop())

const bytesOf = (length: number, salt = 0): Bytes =>
  Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8) + salt) & 0xff)

function large(key: string, value: Bytes, when?: Change['when']): Change {
  const { entry, ...change } = put(key, '')
  return { ...change, entry: entry === undefined ? undefined : { ...entry, value, size: value.length }, when }
}

const sizeOf = async (key: string): Promise<number | undefined> => (await store.read([key], callOf()))[0]?.value?.length

/** Of the parts of what is stored under a key. */
async function partNames(key: string): Promise<string[]> {
  const bytes = await raw.value((await raw.nameOf(key)) ?? '')
  const manifest = bytes === undefined ? undefined : manifestIn(bytes)
  const names = new Names('cachette')
  return Array.from({ length: manifest?.count ?? 0 }, (_, index) => names.part(manifest?.id ?? '', index))
}

test('without being told to, it takes what one item holds and refuses more before anything is sent', async () => {
  const plain = memcached({ servers: [addressOf(server)] })
  const { maxValueBytes } = plain.traits
  const cache = createCache<Bytes>({ store: plain })
  await cache.set('k', bytesOf(maxValueBytes))
  await expect(cache.set('k', bytesOf(maxValueBytes + 1))).rejects.toMatchObject({ code: 'TOO_LARGE', outcome: 'none' })
  expect((await cache.get('k'))?.length).toBe(maxValueBytes)
  await cache.close()
})

test.each([0, 1, MIB - 5_000, MIB - 600, MIB - 500, MIB, 2 * MIB, 8 * MIB])('a value of %i bytes', async (length) => {
  const value = bytesOf(length)
  expect(await store.write([large('k', value)], callOf())).toEqual([true])
  const [found] = await store.read(['k'], callOf())
  expect(Buffer.compare(found?.value ?? Buffer.of(0), value)).toBe(0)
  const [head] = await store.read(['k'], callOf(5_000, { want: 'header' }))
  expect(head?.size).toBe(length)
})

test('conditions hold over what is split', async () => {
  await store.write([removal('k')], callOf())
  expect(await store.write([large('k', bytesOf(2 * MIB), 'absent')], callOf())).toEqual([true])
  expect(await store.write([large('k', bytesOf(3 * MIB), 'absent')], callOf())).toEqual([false])
  expect(await sizeOf('k')).toBe(2 * MIB)
  const [found] = await store.read(['k'], callOf())
  const version = found?.version ?? { time: 0, count: 0, writer: 0 }
  expect(await store.write([large('k', bytesOf(3 * MIB), { version })], callOf())).toEqual([true])
  expect(await store.write([large('k', bytesOf(4 * MIB), { version })], callOf())).toEqual([false])
  expect(await sizeOf('k')).toBe(3 * MIB)
  expect(await store.write([removal('k')], callOf())).toEqual([true])
  expect(await sizeOf('k')).toBe(undefined)
})

test('what lacks a part is absent to every verb, and parts of two writes never meet', async () => {
  await store.write([large('k', bytesOf(3 * MIB))], callOf())
  const [, second = '', third = ''] = await partNames('k')
  const old = await raw.value(third)
  await store.write([large('k', bytesOf(3 * MIB, 1))], callOf())
  const [, newSecond = ''] = await partNames('k')
  expect(newSecond).not.toBe(second)
  await raw.client.delete(newSecond)
  expect(old?.length).toBeGreaterThan(0)
  for (const want of ['value', 'header'] as const) {
    expect(await store.read(['k'], callOf(5_000, { want }))).toEqual([undefined])
  }
  expect(await store.write([large('k', bytesOf(1), 'present')], callOf())).toEqual([false])
  expect(await store.write([removal('k')], callOf())).toEqual([false])
  await store.write([large('k', bytesOf(3 * MIB))], callOf())
  await raw.client.delete((await partNames('k'))[0] ?? '')
  expect(await store.write([large('k', bytesOf(2), 'absent')], callOf())).toEqual([true])
  expect(await sizeOf('k')).toBe(2)
})

test('a part, or what says where they are, that is damaged is told as damage', async () => {
  await store.write([large('k', bytesOf(3 * MIB))], callOf())
  const [, name = ''] = await partNames('k')
  const part = await raw.value(name)
  part?.write('damage', 1_000)
  await raw.client.set(name, part ?? '', {})
  expect((await store.read(['k'], callOf()))[0]?.kind).toBe('damaged')
})

test('where the parts are is believed only as it was written', () => {
  const { manifest, id, parts } = split(Buffer.from(bytesOf(1_000)), 300)
  expect(parts.map(({ length }) => length)).toEqual([300, 300, 300, 100])
  expect(manifestIn(manifest)).toEqual({ id, count: 4, bytes: 1_000 })
  for (let at = 0; at < manifest.length; at += 1) {
    const other = Buffer.from(manifest)
    other[at] = (other[at] ?? 0) ^ 1
    expect(manifestIn(other)).toBe(undefined)
  }
  expect(manifestIn(manifest.subarray(1))).toBe(undefined)
})

test('what is larger than was said is refused, though it could be split', async () => {
  const cache = createCache<Bytes>({ store })
  await expect(cache.set('k', bytesOf(8 * MIB + 1))).rejects.toMatchObject({ code: 'TOO_LARGE' })
  expect(await failureOf(() => cache.get('k'))).toBe('none')
})
