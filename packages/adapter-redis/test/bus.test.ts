import { type RedisServer, redisServer } from '@cachette/conformance/servers'
import {
  type Bus,
  type BusListener,
  type BusMessage,
  type Call,
  isCacheError,
  newCall,
  SEPARATOR,
} from '@cachette/core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { redis, redisBus } from '../src/index.js'

let server: RedisServer
const open: Bus[] = []

beforeAll(async () => {
  server = await redisServer()
})
afterEach(async () => {
  for (const bus of open.splice(0)) await bus.close()
})
afterAll(() => server.stop())

type Told = { readonly message: BusMessage; readonly from: string } | { readonly gap: string; readonly since: number }

/** Remembers what it is told, and lets a test wait for more of it. */
class Ear implements BusListener {
  readonly told: Told[] = []
  #waiting: (() => void) | undefined

  message(message: BusMessage, from: string): void {
    this.#add({ message, from })
  }

  gap({ reason, since }: { readonly reason: string; readonly since: number }): void {
    this.#add({ gap: reason, since })
  }

  async until(count: number): Promise<readonly Told[]> {
    while (this.told.length < count) await new Promise<void>((resolve) => (this.#waiting = resolve))
    return this.told
  }

  #add(told: Told): void {
    this.told.push(told)
    this.#waiting?.()
  }
}

const call = (withinMs = 5_000): Call => newCall(Date.now(), { deadline: Date.now() + withinMs })

function bus(options: Parameters<typeof redisBus>[0] = {}): Bus {
  const made = redisBus({ connection: { host: '127.0.0.1', port: server.port }, heartbeatMs: 50, ...options })
  open.push(made)
  return made
}

const changed = (name: string): BusMessage => ({ type: 'invalidate', changes: [{ scope: 'key', name }] })
const names = (told: readonly Told[]): string[] =>
  told.map((one) =>
    'gap' in one
      ? `gap: ${one.gap}`
      : one.message.type === 'invalidate'
        ? one.message.changes.map(({ name }) => name).join()
        : 'presence',
  )

test('roots keep apart', async () => {
  const [one, two] = [bus(), bus()]
  const [ear, elsewhere] = [new Ear(), new Ear()]
  await two.subscribe('a', ear, call())
  await bus({ root: 'other' }).subscribe('a', elsewhere, call())
  await one.publish('a', changed('k'), call())
  await ear.until(1)
  expect(elsewhere.told).toEqual([])
})

test('what was missed of a publisher is a gap before what comes next, and what comes late is not told', async () => {
  const ear = new Ear()
  await bus().subscribe('changes', ear, call())
  const publish = (place: number, name: string): Promise<unknown> =>
    server.command('PUBLISH', `cachette${SEPARATOR}changes`, JSON.stringify(['somebody', place, changed(name)]))
  await publish(1, 'first')
  await publish(2, 'second')
  await publish(4, 'fourth')
  await publish(3, 'third')
  await publish(5, 'fifth')
  expect(names(await ear.until(5))).toEqual(['first', 'second', 'gap: dropped', 'fourth', 'fifth'])
})

test.each([
  '',
  'no JSON',
  '[]',
  '["a",1,{}]',
  '["a","b",{"type":"presence"}]',
  '["a",1,{"type":"invalidate","changes":[{}]}]',
  '{"a":1}',
  '["a",1,null]',
  '["a",1,{"type":"presence","presence":{}}]',
  '["a",1,{"type":"invalidate","changes":7}]',
  '["a",1,{"type":"invalidate","changes":[{"scope":"all","name":"k"}]}]',
  '["a",1,{"type":"invalidate","changes":[{"scope":"key","name":"k","version":{"time":1}}]}]',
])('what no bus has sent is a gap: %s', async (payload) => {
  const ear = new Ear()
  await bus().subscribe('changes', ear, call())
  await server.command('PUBLISH', `cachette${SEPARATOR}changes`, payload)
  expect(names(await ear.until(1))).toEqual(['gap: dropped'])
})

test('a connection that was lost comes back by itself, with a gap', async () => {
  const [one, two] = [bus(), bus()]
  const ear = new Ear()
  await two.subscribe('changes', ear, call())
  await one.publish('changes', changed('before'), call())
  await ear.until(1)
  await server.kill()
  await server.restart()
  expect(names(await ear.until(2))).toEqual(['before', 'gap: reconnected'])
  await one.publish('changes', changed('after'), call())
  expect(names(await ear.until(3))).toEqual(['before', 'gap: reconnected', 'after'])
})

test('a server that hangs is noticed, and calls end in time', async () => {
  const made = bus()
  const ear = new Ear()
  await made.subscribe('changes', ear, call())
  await made.publish('changes', changed('k'), call())
  server.pause()
  const failure: unknown = await Promise.resolve(made.publish('changes', changed('k'), call(200))).catch(
    (error: unknown) => error,
  )
  expect(isCacheError(failure) && [failure.code, failure.outcome]).toEqual(['TIMEOUT', 'unknown'])
  server.resume()
  expect(names(await ear.until(1))).toEqual(['gap: reconnected'])
})

test('the server itself tells which keys of the store have changed, whoever did it', async () => {
  const ear = new Ear()
  await bus({ tracking: 'server' }).subscribe('server', ear, call())
  const store = redis({ connection: { host: '127.0.0.1', port: server.port } })
  const entry = {
    createdAt: 0,
    staleAt: Infinity,
    expiresAt: Infinity,
    keptUntil: Infinity,
    kind: 'value',
    tags: [],
    marks: {},
    size: 1,
    version: { time: 1, count: 0, writer: 1 },
    value: new Uint8Array(1),
  } as const
  await store.write([{ key: 'k', entry, version: entry.version }], call())
  await server.command('SET', 'elsewhere', 'x')
  await server.command('SET', `cachette${SEPARATOR}by-others`, 'x')
  await server.command('FLUSHALL')
  expect(await ear.until(3)).toEqual([
    { message: changed('k'), from: 'redis' },
    { message: changed('by-others'), from: 'redis' },
    { message: { type: 'invalidate', changes: [{ scope: 'prefix', name: '' }] }, from: 'redis' },
  ])
  await store.close()
})

test('a call without a deadline is given up when it is aborted', async () => {
  const made = bus()
  const ear = new Ear()
  await made.subscribe('changes', ear, { ...call(), deadline: Infinity })
  const controller = new AbortController()
  server.pause()
  const endless = { ...call(), deadline: Infinity, signal: controller.signal }
  const publishing = made.publish('changes', changed('k'), endless)
  controller.abort()
  await expect(publishing).rejects.toMatchObject({ code: 'ABORTED', outcome: 'unknown' })
  server.resume()
})

test('an aborted call is refused', async () => {
  const signal = AbortSignal.abort()
  await expect(bus().publish('a', changed('k'), { ...call(), signal })).rejects.toMatchObject({ code: 'ABORTED' })
})

test('nobody there is an error within the deadline', async () => {
  const made = redisBus({ url: 'redis://127.0.0.1:1' })
  await expect(made.subscribe('a', new Ear(), call(500))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await expect(made.publish('a', changed('k'), call(500))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await made.close()
})
