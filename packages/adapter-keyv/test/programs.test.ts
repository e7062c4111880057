import { createServer, request } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { KeyvAdapter } from '@apollo/utils.keyvadapter'
import { memory } from '@cachette/adapter-memory'
import { type Cache, createCache } from '@cachette/core'
import { createCache as createManaged } from 'cache-manager'
import { Cacheable } from 'cacheable'
import CacheableRequest from 'cacheable-request'
import got from 'got'
import { Keyv } from 'keyv'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { asKeyv } from '../src/index.js'

let cache: Cache<unknown>
let asked: string[] = []
let address = ''

/** A page that may be kept for a minute, one that has to be asked for again, and one that may not be kept. */
const server = createServer((incoming, response) => {
  asked.push(incoming.url ?? '')
  const isAsked = incoming.headers['if-none-match'] === '"1"'
  const control =
    incoming.url?.startsWith('/kept') === true ? 'max-age=60' : incoming.url === '/checked' ? 'no-cache' : 'no-store'
  response.setHeader('cache-control', control).setHeader('etag', '"1"').setHeader('date', new Date().toUTCString())
  response.writeHead(isAsked ? 304 : 200).end(isAsked ? undefined : Buffer.from([0, 1, 254, 255]))
})

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  if (typeof bound === 'object' && bound !== null) address = `http://127.0.0.1:${bound.port}`
})

afterAll(() => void server.close())

beforeEach(() => {
  asked = []
  cache = createCache({ store: memory({ copies: true }) })
})

test('got keeps responses in it', async () => {
  const client = got.extend({ cache: asKeyv(cache), retry: { limit: 0 } })
  for (const page of ['/kept', '/checked', '/never']) {
    const first = await client(address + page, { responseType: 'buffer' })
    const again = await client(address + page, { responseType: 'buffer' })
    expect(first.body).toEqual(Buffer.from([0, 1, 254, 255]))
    expect(again.body).toEqual(first.body)
    expect(again.isFromCache).toBe(page !== '/never')
  }
  expect(asked).toEqual(['/kept', '/checked', '/checked', '/never', '/never'])
})

test('got keeps responses from long addresses in it', async () => {
  const client = got.extend({ cache: asKeyv(cache), retry: { limit: 0 } })
  const page = `${address}/kept?${'x'.repeat(4_000)}`
  expect((await client(page)).isFromCache).toBe(false)
  expect((await client(page)).isFromCache).toBe(true)
})

test('cacheable-request keeps responses in it', async () => {
  const cacheable = new CacheableRequest(request, asKeyv(cache)).request()
  const page = async (): Promise<{ readonly fromCache: boolean; readonly body: string }> => {
    const response = await new Promise<unknown>((resolve, reject) => {
      cacheable(`${address}/kept`, resolve)
        .on('request', (sent) => sent.end())
        .on('error', reject)
    })
    if (!(response instanceof Readable && 'fromCache' in response)) throw new Error('expected a response of the cache')
    return { fromCache: response.fromCache === true, body: await text(response) }
  }
  const first = await page()
  expect(first.fromCache).toBe(false)
  // It is stored when its last byte has come, which nobody can wait for but by asking.
  await expect
    .poll(() => cache.namespace('cacheable-request').keys()[Symbol.asyncIterator]().next())
    .toMatchObject({ done: false })
  expect(await page()).toEqual({ fromCache: true, body: first.body })
  expect(asked).toEqual(['/kept'])
})

test('cacheable keeps its first and its second tier in it', async () => {
  const second = createCache({ store: memory({ copies: true }) })
  const cacheable = new Cacheable({ primary: new Keyv({ store: asKeyv(cache) }), secondary: asKeyv(second), ttl: '1h' })
  expect(await cacheable.set('a', { deep: [1, null] })).toBe(true)
  expect(
    await cacheable.setMany([
      { key: 'b', value: 'x' },
      { key: 'c', value: 0, ttl: 60_000 },
    ]),
  ).toBe(true)
  expect(await cacheable.getMany(['a', 'b', 'c', 'd'])).toEqual([{ deep: [1, null] }, 'x', 0, undefined])
  await cache.clear()
  expect(await cacheable.get('a')).toEqual({ deep: [1, null] })
  expect(await cacheable.has('b')).toBe(true)
  expect(await cacheable.getOrSet('made', async () => 'made')).toBe('made')
  expect(await cacheable.getOrSet('made', async () => 'again')).toBe('made')
  expect(await cacheable.delete('a')).toBe(true)
  expect(await cacheable.get('a')).toBeUndefined()
  await cacheable.clear()
  expect(await cacheable.get('b')).toBeUndefined()
  await cacheable.disconnect()
  await expect(second.get('a')).rejects.toMatchObject({ code: 'CLOSED' })
})

test('cache-manager keeps its values in it', async () => {
  const managed = createManaged({ stores: [new Keyv({ store: asKeyv(cache) })], ttl: 60_000 })
  await managed.set('a', { b: 1 })
  await managed.mset<unknown>([
    { key: 'c', value: 'x' },
    { key: 'd', value: false },
  ])
  expect(await managed.mget(['a', 'c', 'd', 'e'])).toEqual([{ b: 1 }, 'x', false, undefined])
  expect(await managed.ttl('a')).toBeGreaterThan(Date.now())
  expect(await managed.wrap('made', async () => 'made')).toBe('made')
  expect(await managed.wrap('made', async () => 'again')).toBe('made')
  await managed.mdel(['a', 'c'])
  expect(await managed.get('a')).toBeUndefined()
  expect(await managed.clear()).toBe(true)
  expect(await managed.get('d')).toBeUndefined()
  await managed.disconnect()
})

test('Apollo keeps its values in it, reads of one turn in one batch', async () => {
  const batches: number[] = []
  cache.on('get', ({ keys }) => batches.push(keys.length))
  // It knows the types of Keyv for `require` alone, which are the same and others.
  const apollo = new KeyvAdapter<string>(new Keyv({ store: asKeyv(cache) }) as never)
  await apollo.set('a', 'x', { ttl: 60 })
  await apollo.set('b', 'y')
  expect(await Promise.all(['a', 'b', 'c'].map((key) => apollo.get(key)))).toEqual(['x', 'y', undefined])
  expect(batches).toEqual([3])
  expect(await apollo.delete('a')).toBe(true)
  expect(await apollo.get('a')).toBeUndefined()
})
