import { type FaultProxy, faultProxy } from '@cachette/conformance/proxy'
import { type MemcachedServer, memcachedServer } from '@cachette/conformance/servers'
import { type Bytes, createCache, type Store } from '@cachette/core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { OVERTAKEN } from '../src/ask.js'
import { memcached } from '../src/index.js'
import { Names } from '../src/names.js'
import { parse } from '../src/options.js'
import { Pool } from '../src/pool.js'
import { casOf, request } from '../src/protocol.js'
import { Raw } from './raw.js'
import { addressOf, callOf, failureOf, put, removal, textOf, untilItWorks } from './using.js'

let servers: readonly MemcachedServer[] = []
let first: MemcachedServer
let proxy: FaultProxy
const open: Store<Bytes>[] = []

beforeAll(async () => {
  first = await memcachedServer()
  servers = [first, await memcachedServer(), await memcachedServer()]
  proxy = await faultProxy({ to: first, seed: 1 })
})
afterEach(async () => {
  await Promise.all(open.splice(0).map(async (store) => store.close()))
  await proxy.heal()
})
afterAll(async () => {
  await proxy.stop()
  await Promise.all(servers.map((server) => server.stop()))
})

function opened(options: Parameters<typeof memcached>[0]): Store<Bytes> {
  const store = memcached(options)
  open.push(store)
  return store
}
const one = (): Store<Bytes> => opened({ servers: [addressOf(first)] })
const troubled = (): Store<Bytes> => opened({ servers: [addressOf(proxy)] })
const three = (): Store<Bytes> => opened({ servers: servers.map(addressOf) })

test('a server that is gone fails calls at once, and its return is enough', async () => {
  const store = one()
  await store.write([put('k', 'v')], callOf())
  await first.kill()
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const begun = performance.now()
    expect(await failureOf(() => store.read(['k'], callOf()))).toBe('UNAVAILABLE yes none')
    expect(performance.now() - begun).toBeLessThan(500)
  }
  await first.restart()
  expect(await untilItWorks(() => store.read(['k'], callOf()))).toBeLessThan(2_000)
  expect(await textOf(store, 'k')).toBe(undefined)
})

test('a dead server takes its own keys along and no others, and none of them comes back with it', async () => {
  const store = three()
  const keys = Array.from({ length: 60 }, (_, index) => `k${index}`)
  await store.write(
    keys.map((key) => put(key, 'old')),
    callOf(),
  )
  await first.kill()
  const failures = await Promise.all(keys.map((key) => failureOf(() => store.write([put(key, 'new')], callOf()))))
  const [dead, alive] = ['UNAVAILABLE yes none', 'none'].map((told) => keys.filter((_, at) => failures[at] === told))
  expect([dead?.length, alive?.length].every((count) => (count ?? 0) > 5)).toBe(true)
  expect((dead?.length ?? 0) + (alive?.length ?? 0)).toBe(keys.length)
  const failure: unknown = await Promise.resolve(store.read(keys, callOf())).catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 'UNAVAILABLE', outcomes: expect.objectContaining({ length: keys.length }) })
  expect(await failureOf(() => store.clear('', callOf()))).toBe('UNAVAILABLE yes unknown')
  await first.restart()
  await untilItWorks(() => store.read(keys, callOf()))
  for (const key of dead ?? []) expect(await textOf(store, key)).toBe(undefined)
})

test('a server that hangs keeps nobody past his deadline, and what was loaded is given within 1.2 s', async () => {
  const store = one()
  const cache = createCache<string>({ store })
  await cache.set('k', 'v')
  first.pause()
  const begun = performance.now()
  expect(await cache.getOrSet('k', async () => 'loaded')).toBe('loaded')
  expect(performance.now() - begun).toBeLessThan(1_200)
  expect(await failureOf(() => store.write([put('k', 'other')], callOf(100)))).toMatch(/^(TIMEOUT|UNAVAILABLE) yes/)
  first.resume()
  expect(await untilItWorks(() => cache.get('k'))).toBeLessThan(2_000)
})

test('nobody is there at all: what was loaded is given at once', async () => {
  const cache = createCache<string>({ store: opened({ servers: ['127.0.0.1:1'] }) })
  const begun = performance.now()
  expect(await cache.getOrSet('k', async () => 'loaded')).toBe('loaded')
  expect(performance.now() - begun).toBeLessThan(1_200)
  await cache.close()
})

test('half an answer is never taken for the beginning of the next', async () => {
  const store = troubled()
  const value = 'v'.repeat(2_000)
  await store.write([put('k', value), put('other', 'w'.repeat(2_000))], callOf())
  for (let bytes = 1; bytes < 2_200; bytes += 97) {
    await proxy.fault({ kind: 'reset', bytes })
    expect(await failureOf(() => store.read(['k'], callOf(500)))).toBe('UNAVAILABLE yes none')
    await proxy.heal()
    expect(await textOf(store, 'other')).toBe('w'.repeat(2_000))
    expect(await textOf(store, 'k')).toBe(value)
  }
})

test('an answer that comes too late belongs to nobody', async () => {
  const store = troubled()
  await store.write([put('k', 'v'), put('other', 'w')], callOf())
  await proxy.fault({ kind: 'delay', ms: 150 })
  const late = await Promise.all([50, 5_000].map((withinMs) => failureOf(() => store.read(['k'], callOf(withinMs)))))
  expect(late).toEqual(['TIMEOUT yes none', 'UNAVAILABLE yes none'])
  expect(await textOf(store, 'other')).toBe('w')
})

test('answers that were garbled on their way are failures, never misses or other values', async () => {
  const store = troubled()
  const value = 'v'.repeat(2_000)
  await store.write([put('k', value)], callOf())
  for (let round = 1; round <= 40; round += 1) {
    await proxy.fault({ kind: 'garble', every: 200 })
    expect(await Promise.resolve(textOf(store, 'k', callOf(300))).catch(() => value)).toBe(value)
    await proxy.heal()
    proxy.sever()
    await untilItWorks(() => store.read(['k'], callOf()))
  }
})

test('damage is looked at again over another connection, and replaced only as it was read', async () => {
  const store = troubled()
  await store.write([put('k', 'a value of some length')], callOf())
  await using raw = new Raw(first.host, first.port)
  await raw.damage('k')
  const before = proxy.counts.connections
  const [found] = await store.read(['k'], callOf())
  expect([found?.kind, proxy.counts.connections]).toEqual(['damaged', before + 1])
  const version = found?.version ?? { time: 0, count: 0, writer: 0 }
  const other = { version: { ...version, writer: 1 } }
  expect(await store.write([put('k', 'b', { when: other })], callOf())).toEqual([false])
  expect(await store.write([put('k', 'c', { when: { version } })], callOf())).toEqual([true])
  expect(await store.write([removal('k', { version })], callOf())).toEqual([false])
  expect(await textOf(store, 'k')).toBe('c')
})

test('a server without room says so', async () => {
  await using small = await memcachedServer({ memoryMb: 2, args: ['-M'] })
  const store = opened({ servers: [addressOf(small)] })
  const failures = new Set<string>()
  for (let index = 0; index < 80; index += 1) {
    failures.add(await failureOf(() => store.write([put(`k${index}`, 'v'.repeat(100_000))], callOf())))
  }
  expect([...failures].sort()).toEqual(['FULL no none', 'none'])
  expect(await failureOf(() => store.read(['k0'], callOf()))).toBe('none')
})

test('a server whose items are smaller than was said refuses them, and says what to do', async () => {
  const store = opened({ servers: [addressOf(first)], maxItemBytes: 4 * 2 ** 20 })
  await expect(store.write([put('k', 'v'.repeat(1_500_000))], callOf())).rejects.toMatchObject({
    code: 'TOO_LARGE',
    outcome: 'none',
    message: expect.stringContaining('maxItemBytes'),
  })
  expect(await store.write([put('k', 'v')], callOf())).toEqual([true])
})

test('what was learnt over one connection changes nothing over another, where the server may be another too', async () => {
  const settings = parse({ servers: [addressOf(first)] })
  const names = new Names('numbers')
  const pool = new Pool(settings, names, 'memcached')
  const server = pool.of('k')
  const terms = { operation: 'write', until: Date.now() + 5_000 } as const
  const name = names.item('', 'k')
  const facts = { flags: 0, expiry: 0 }
  await server.ask({ request: request('set', name, { value: Buffer.from('v'), facts }), terms })
  const look = () => server.ask({ request: request('get', name), terms })
  const answer = await look()
  if (answer === OVERTAKEN) throw new Error('expected an answer')
  const removal = () => ({ request: request('delete', name, { cas: casOf(answer.reply) }), terms, on: answer.wire })
  server.renew()
  expect(await server.ask(removal())).toBe(OVERTAKEN)
  expect(await look()).toMatchObject({ reply: { status: 0 } })
  pool.close()
})
