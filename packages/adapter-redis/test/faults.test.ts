import { type RedisServer, redisServer } from '@cachette/conformance/servers'
import { type Bytes, createCache, SEPARATOR, type Store } from '@cachette/core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { redis } from '../src/index.js'
import { callOf, failureOf, put, removal, textOf, untilItWorks } from './using.js'

let server: RedisServer
let store: Store<Bytes>

beforeAll(async () => {
  server = await redisServer({ config: { 'maxmemory-policy': 'noeviction' } })
})
beforeEach(() => {
  store = redis({ connection: { host: '127.0.0.1', port: server.port } })
})
afterEach(async () => {
  await store.close()
  await server.command('CONFIG', 'SET', 'maxmemory', '0')
  await server.command('FLUSHALL')
})
afterAll(() => server.stop())

const nameOf = (key: string): string => `cachette${SEPARATOR}${key}`

test('a server that is gone fails calls at once, and its return is enough', async () => {
  await store.write([put('k', 'v')], callOf())
  await server.kill()
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const begun = performance.now()
    expect(await failureOf(() => store.read(['k'], callOf()))).toBe('UNAVAILABLE yes none')
    expect(performance.now() - begun).toBeLessThan(500)
  }
  await server.restart({ empty: true })
  expect(await untilItWorks(() => store.read(['k'], callOf()))).toBeLessThan(2_000)
  expect(await textOf(store, 'k')).toBe(undefined)
})

test('a server that hangs keeps nobody past his deadline, and what was loaded is given within 1.2 s', async () => {
  const cache = createCache<string>({ store })
  await cache.set('k', 'v')
  server.pause()
  const begun = performance.now()
  expect(await cache.getOrSet('k', async () => 'loaded')).toBe('loaded')
  expect(performance.now() - begun).toBeLessThan(1_200)
  expect(await failureOf(() => store.write([put('k', 'other')], callOf(100)))).toMatch(/^(TIMEOUT|UNAVAILABLE) yes/)
  server.resume()
  expect(await untilItWorks(() => cache.get('k'))).toBeLessThan(2_000)
})

test('nobody is there at all: what was loaded is given at once', async () => {
  const cache = createCache<string>({ store: redis({ url: 'redis://127.0.0.1:1' }) })
  const begun = performance.now()
  expect(await cache.getOrSet('k', async () => 'loaded')).toBe('loaded')
  expect(performance.now() - begun).toBeLessThan(1_200)
  await cache.close()
})

test('a server that is full says so, keeps what it has, and takes removals', async () => {
  await store.write([put('k', 'v')], callOf())
  await server.command('CONFIG', 'SET', 'maxmemory', '1')
  expect(await failureOf(() => store.write([put('other', 'v')], callOf()))).toBe('FULL no none')
  expect(await failureOf(() => store.write([put('other', 'v', { when: 'absent' })], callOf()))).toBe('FULL no none')
  expect(await textOf(store, 'k')).toBe('v')
  expect(await store.write([removal('k')], callOf())).toEqual([true])
})

test('a script that the server has lost is brought back', async () => {
  await store.write([put('k', 'v')], callOf())
  await server.command('SCRIPT', 'FLUSH')
  expect(await store.write([put('k', 'other', { when: 'absent' }), removal('gone')], callOf())).toEqual([false, false])
  await server.command('SCRIPT', 'FLUSH')
  const [found] = await store.read(['k'], callOf(5_000, { want: 'header' }))
  expect(found?.size).toBe(1)
  const [head] = await store.read(['k'], callOf(5_000, { want: 'header' }))
  expect(head?.value).toBe(undefined)
})

test('what others put there of another type is nothing to any verb', async () => {
  await server.command('RPUSH', nameOf('k'), 'x')
  expect(await textOf(store, 'k')).toBe(undefined)
  expect(await store.read(['k'], callOf(5_000, { want: 'header' }))).toEqual([undefined])
  expect(await store.write([put('k', 'v', { when: 'present' })], callOf())).toEqual([false])
  expect(await store.write([put('k', 'v', { when: 'absent' })], callOf())).toEqual([true])
  expect(await textOf(store, 'k')).toBe('v')
})

test('a value that others have moved to another key is no value of that key', async () => {
  await store.write([put('k', 'v')], callOf())
  await server.command('RENAME', nameOf('k'), nameOf('other'))
  expect(await textOf(store, 'other')).toBe('damaged')
  const cache = createCache<string>({ store })
  expect([await cache.get('other'), await cache.add('other', 'mine'), await cache.get('other')]).toEqual([
    undefined,
    true,
    'mine',
  ])
})

test('a damaged entry is replaced only as it was read', async () => {
  await store.write([put('k', 'a value of some length')], callOf())
  await server.command('SETRANGE', nameOf('k'), '75', 'damage')
  const [found] = await store.read(['k'], callOf())
  const version = found?.version ?? { time: 0, count: 0, writer: 0 }
  expect(found?.kind).toBe('damaged')
  expect(await store.write([put('k', 'b', { when: { version: { ...version, writer: 1 } } })], callOf())).toEqual([
    false,
  ])
  expect(await store.write([put('k', 'c', { when: { version } })], callOf())).toEqual([true])
  expect(await store.write([removal('k', { version })], callOf())).toEqual([false])
  expect(await textOf(store, 'k')).toBe('c')
})

test('Redis forgets an entry later than it ends, and one without an end never', async () => {
  const now = Date.now()
  await store.write([put('ends', 'v', { expiresAt: now + 500, keptUntil: now + 1_000 }), put('stays', 'v')], callOf())
  expect(Number(await server.command('PTTL', nameOf('ends')))).toBeGreaterThan(1_000)
  expect(await server.command('PTTL', nameOf('stays'))).toBe(-1)
  await store.write([put('ends', 'v')], callOf())
  expect(await server.command('PTTL', nameOf('ends'))).toBe(-1)
})

test('nothing outside the root is listed or cleared, whatever the names are', async () => {
  const others = [`cachette2${SEPARATOR}k`, 'cachette', 'cachettek', `cachett${SEPARATOR}k`]
  for (const name of others) await server.command('SET', name, 'x')
  await store.write([put('k*', 'v'), put('k?', 'v'), put('k[a]', 'v'), put('ka', 'v'), put('k\\', 'v')], callOf())
  await store.clear('k*', callOf())
  await store.clear('k[', callOf())
  expect(await listed(store)).toEqual(['k?', 'k\\', 'ka'])
  await store.clear('', callOf())
  expect(await listed(store)).toEqual([])
  expect(await server.command('EXISTS', ...others)).toBe(others.length)
})

test('a name under the root that is no text is left alone', async () => {
  await server.command('EVAL', "redis.call('SET', KEYS[1] .. '\\255', 'x')", '1', nameOf(''))
  expect(await listed(store)).toEqual([])
  await store.clear('', callOf())
  expect(await server.command('DBSIZE')).toBe(1)
})

test('writes that must be copied fail where there is no replica', async () => {
  const careful = redis({
    connection: { host: '127.0.0.1', port: server.port },
    wait: { replicas: 1, timeoutMs: 20 },
  })
  expect(await failureOf(() => careful.write([put('k', 'v')], callOf()))).toBe('UNAVAILABLE yes unknown')
  expect(await textOf(careful, 'k')).toBe('v')
  await careful.close()
})

test('a scan ends with its connection, and may be begun again', async () => {
  await store.write(
    Array.from({ length: 300 }, (_, index) => put(`k${index}`, 'v')),
    callOf(),
  )
  const pages = store.scan('', callOf())[Symbol.asyncIterator]()
  await pages.next()
  await server.kill()
  expect(
    await failureOf(async () => {
      for (;;) if ((await pages.next()).done === true) return
    }),
  ).toBe('UNAVAILABLE yes none')
  await server.restart()
})

test('a batch that is refused in part says what became of each key', async () => {
  await server.command('CONFIG', 'SET', 'maxmemory', '1')
  const failure: unknown = await Promise.resolve(
    store.write([put('a', 'v'), removal('b'), put('a', 'w')], callOf()),
  ).catch((error: unknown) => error)
  expect(failure).toMatchObject({
    code: 'FULL',
    outcome: 'none',
    outcomes: [
      { key: 'a', error: { code: 'FULL' } },
      { key: 'b', value: false },
    ],
  })
})

async function listed(from: Store<Bytes>): Promise<string[]> {
  const keys: string[] = []
  for await (const page of from.scan('', callOf())) keys.push(...page.map(([key]) => key))
  return keys.sort()
}
