import { type FaultProxy, faultProxy } from '@cachette/conformance/proxy'
import { type RedisServer, redisServer } from '@cachette/conformance/servers'
import { type BusMessage, type Bytes, SEPARATOR, type Store } from '@cachette/core'
import { Cluster, type RedisOptions as DriverOptions, Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { redis, redisBus } from '../src/index.js'
import { callOf, failureOf, put, textOf, untilItWorks } from './using.js'

let server: RedisServer
let proxy: FaultProxy
const clients: (Redis | Cluster)[] = []

beforeAll(async () => {
  server = await redisServer()
  proxy = await faultProxy({ to: { host: '127.0.0.1', port: server.port }, seed: 1 })
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect()
  await proxy.heal()
  await server.command('FLUSHALL')
})
afterAll(async () => {
  await proxy.stop()
  await server.stop()
})

function clientOf(options: DriverOptions = {}): Redis {
  const whole = { host: proxy.host, port: proxy.port, maxRetriesPerRequest: 0, retryStrategy: () => 5, ...options }
  const client = new Redis({ ...whole, replyMapping: options.replyMapping ?? 'legacy' })
  client.on('error', () => undefined)
  clients.push(client)
  return client
}

const own = (): Store<Bytes> => redis({ connection: { host: proxy.host, port: proxy.port } })

test.each<[string, DriverOptions]>([
  ['connects with its first command', { lazyConnect: true }],
  ['pipelines by itself', { enableAutoPipelining: true }],
  ['speaks the newer protocol and maps replies', { protocol: 3, replyMapping: 'resp3' }],
  ['takes numbers for text', { stringNumbers: true }],
  ['keeps nothing to be sent later', { enableOfflineQueue: false }],
])('a client that %s', async (_, options) => {
  const store = redis({ client: clientOf(options) })
  expect(await store.write([put('k', 'v', { when: 'absent' }), put('other', 'w')], callOf())).toEqual([true, true])
  expect(await textOf(store, 'k')).toBe('v')
  const [head] = await store.read(['other'], callOf(5_000, { want: 'header' }))
  expect(head?.size).toBe(1)
  await store.close()
})

test('a client that was closed by its owner, or has nobody to connect to, is an error at once', async () => {
  const closed = clientOf()
  const store = redis({ client: closed })
  await store.write([put('k', 'v')], callOf())
  closed.disconnect()
  expect(await untilItFails(() => store.read(['k'], callOf()))).toBe('UNAVAILABLE yes none')
  const lost = redis({ client: clientOf({ port: 1 }) })
  expect(await failureOf(() => lost.read(['k'], callOf()))).toMatch(/^UNAVAILABLE yes none/)
  const cluster = new Cluster([{ host: '127.0.0.1', port: 1 }], { lazyConnect: true })
  cluster.on('error', () => undefined)
  clients.push(cluster)
  const scattered = redis({ client: cluster })
  expect(await failureOf(() => scattered.read(['k'], callOf()))).toBe('UNAVAILABLE yes none')
  expect(await failureOf(() => scattered.clear('', callOf()))).toBe('UNAVAILABLE yes none')
  await scattered.close()
})

test("a client's connection that hangs is replaced by another", async () => {
  const store = redis({ client: clientOf(), connectMs: 200 })
  await store.write([put('k', 'v')], callOf())
  await proxy.fault({ kind: 'hang' })
  expect(await failureOf(() => store.read(['k'], callOf(50)))).toBe('TIMEOUT yes none')
  expect(await failureOf(() => store.read(['k'], callOf(1_000)))).toMatch(/yes none$/)
  await proxy.heal()
  proxy.sever()
  expect(await untilItWorks(() => store.read(['k'], callOf()))).toBeLessThan(2_000)
})

test('a client that is closed after the store goes on', async () => {
  const client = clientOf()
  const store = redis({ client })
  await store.write([put('k', 'v')], callOf())
  await store.close()
  expect(await failureOf(() => store.read(['k'], callOf()))).toBe('UNAVAILABLE yes none')
  expect(await client.exists(`cachette${SEPARATOR}k`)).toBe(1)
})

test.each(['own', 'given'])('damage is looked at again over another connection: %s', async (kind) => {
  const store = kind === 'own' ? own() : redis({ client: clientOf() })
  await store.write([put('k', 'a value of some length')], callOf())
  await server.command('SETRANGE', `cachette${SEPARATOR}k`, '20', 'damage')
  const before = proxy.counts.connections
  expect(await textOf(store, 'k')).toBe('damaged')
  expect(proxy.counts.connections).toBe(before + 1)
  const [head] = await store.read(['k'], callOf(5_000, { want: 'header' }))
  expect(head?.kind).toBe('damaged')
  await store.close()
})

test('what many ask in one turn is answered to each, however much it is', async () => {
  const store = own()
  const keys = Array.from({ length: 1_500 }, (_, index) => `k${index}`)
  await store.write(
    keys.map((key) => put(key, key)),
    callOf(),
  )
  const halves = [keys.slice(0, 800), keys.slice(700)]
  for (const want of ['value', 'header'] as const) {
    const call = callOf(5_000, { want })
    const answers = await Promise.all([
      ...halves.map(async (half) => store.read(half, call)),
      ...keys.slice(0, 100).map(async (key) => store.read([key, 'missing'], call)),
    ])
    expect(answers[0]?.map((found) => found?.size)).toEqual(halves[0]?.map((key) => key.length))
    expect(answers[1]?.map((found) => found?.size)).toEqual(halves[1]?.map((key) => key.length))
    expect(answers[60]?.map((found) => found?.size)).toEqual([3, undefined])
  }
  await store.close()
})

test('what many ask in one turn fails for each, and in time', async () => {
  const store = own()
  await store.write([put('k', 'v')], callOf())
  await proxy.fault({ kind: 'hang' })
  const failures = await Promise.all(
    [50, 5_000].map((withinMs) => failureOf(() => store.read(['k'], callOf(withinMs)))),
  )
  expect(failures).toEqual(['TIMEOUT yes none', 'UNAVAILABLE yes none'])
  await store.close()
})

test('answers that were garbled on their way are failures, never misses or other values', async () => {
  const store = own()
  await store.write([put('k', 'v'.repeat(2_000))], callOf())
  for (let seed = 1; seed <= 40; seed += 1) {
    await proxy.fault({ kind: 'garble', every: 200 })
    const given = await Promise.resolve(textOf(store, 'k', callOf(100))).catch(() => 'v'.repeat(2_000))
    expect(given).toBe('v'.repeat(2_000))
    await proxy.heal()
    proxy.sever()
    await untilItWorks(() => store.read(['k'], callOf()))
  }
  await store.close()
})

test('the servers of a cluster have to be that, and a bus may be anywhere', async () => {
  const store = redis({ cluster: [`redis://127.0.0.1:${server.port}`] })
  expect(await failureOf(() => store.read(['k'], callOf()))).toBe('BACKEND no none')
  await store.close()
  const bus = redisBus({ url: `redis://127.0.0.1:${server.port}` })
  const other = redisBus({ url: `redis://127.0.0.1:${server.port}` })
  const heard: string[] = []
  const listening = new Promise<void>((resolve) => {
    const message = ({ type }: BusMessage): void => {
      heard.push(type)
      resolve()
    }
    void Promise.resolve(other.subscribe('here', { message, gap: () => undefined }, callOf())).then(() =>
      bus.publish('here', { type: 'presence', presence: { since: 1, summary: { hits: 2 } } }, callOf()),
    )
  })
  await listening
  expect(heard).toEqual(['presence'])
  await Promise.all([bus.close(), other.close()])
})

async function untilItFails(work: () => unknown): Promise<string> {
  for (;;) {
    const failure = await failureOf(work)
    if (failure !== 'none') return failure
  }
}
