import { type Entry, manualClock } from '@cachette/core'
import { expect, test } from 'vitest'
import { Entries } from '../src/entries.js'
import { redis } from '../src/index.js'
import { Root } from '../src/keys.js'
import { Reader } from '../src/reader.js'
import { SingleRouter } from '../src/router.js'
import { Server } from '../src/server.js'
import { bulk, type FakeServer, fakeServer, list } from './fake-server.js'
import { callOf, failureOf, put, textOf, untilItWorks } from './using.js'

const slots = (...ranges: readonly [from: number, to: number, host: string, port: number][]): string =>
  list(ranges.map(([from, to, host, port]) => list([`:${from}\r\n`, `:${to}\r\n`, list([bulk(host), `:${port}\r\n`])])))

const isSlots = ([name, what]: readonly string[]): boolean => name === 'CLUSTER' && what === 'SLOTS'

test('servers that do not know their own host are where they were found', async () => {
  await using holder: FakeServer = await fakeServer(([name]) => (name === 'MGET' ? list(['$-1\r\n']) : '+OK\r\n'))
  await using first: FakeServer = await fakeServer((command) => {
    if (isSlots(command)) return slots([0, 16_383, '?', first.port])
    return command[0] === 'MGET' ? `-MOVED 1 :${holder.port}\r\n` : '+OK\r\n'
  })
  const store = redis({ cluster: [{ host: '127.0.0.1', port: first.port }] })
  expect(await store.read(['k'], callOf())).toEqual([undefined])
  expect(await store.read(['k'], callOf())).toEqual([undefined])
  await store.close()
})

test('a cluster that sends on for ever, or has lost a slot, is an error in the end', async () => {
  await using circle: FakeServer = await fakeServer((command) =>
    isSlots(command) ? slots([0, 16_383, '127.0.0.1', circle.port]) : `-MOVED 1 127.0.0.1:${circle.port}\r\n`,
  )
  const lost = redis({ cluster: [{ host: '127.0.0.1', port: circle.port }] })
  expect(await failureOf(() => lost.read(['k'], callOf()))).toBe('UNAVAILABLE yes none')
  await lost.close()
  await using partial: FakeServer = await fakeServer((command) =>
    isSlots(command) ? slots([0, 0, '127.0.0.1', partial.port]) : '+OK\r\n',
  )
  const holed = redis({ cluster: [{ host: '127.0.0.1', port: partial.port }] })
  expect(await failureOf(() => holed.read(['k'], callOf()))).toBe('UNAVAILABLE yes none')
  await holed.close()
})

test('a scan or a clear that servers change under fails, and says that it may be begun again', async () => {
  let looks = 0
  await using server: FakeServer = await fakeServer((command) => {
    if (isSlots(command)) return slots([0, 16_383, '127.0.0.1', server.port])
    looks += 1
    if (command[0] === 'CLUSTER') return bulk(`id 127.0.0.1 myself,master - 0 0 1 connected 0-${looks}\n`)
    return command[0] === 'SCAN' ? list([bulk('0'), list([])]) : '+OK\r\n'
  })
  const store = redis({ cluster: [{ host: '127.0.0.1', port: server.port }] })
  const pages = store.scan('', callOf())[Symbol.asyncIterator]()
  expect(await failureOf(() => pages.next())).toBe('UNAVAILABLE yes none')
  expect(await failureOf(() => store.clear('', callOf()))).toBe('UNAVAILABLE yes unknown')
  await store.close()
})

test('an answer of another shape is a failure, and no end of a scan', async () => {
  await using server: FakeServer = await fakeServer(() => '+OK\r\n')
  const store = redis({ connection: { host: '127.0.0.1', port: server.port } })
  const pages = store.scan('', callOf())[Symbol.asyncIterator]()
  expect(await failureOf(() => pages.next())).not.toBe('none')
  await store.close()
})

test('a server that has lost a slot for good is forgotten', async () => {
  let isMoved = false
  await using other: FakeServer = await fakeServer(([name]) => (name === 'MGET' ? list(['$-1\r\n']) : '+OK\r\n'))
  await using seed: FakeServer = await fakeServer((command) => {
    if (isSlots(command)) return slots([0, 16_383, '127.0.0.1', isMoved ? seed.port : other.port])
    return command[0] === 'MGET' ? list(['$-1\r\n']) : bulk('id 127.0.0.1 myself,master - 0 0 1 connected 0-16383\n')
  })
  const store = redis({ cluster: [{ host: '127.0.0.1', port: seed.port }] })
  await store.read(['k'], callOf())
  isMoved = true
  await other[Symbol.asyncDispose]()
  expect(await failureOf(() => store.read(['k'], callOf()))).toMatch(/^UNAVAILABLE/)
  expect(await untilItWorks(() => store.read(['k'], callOf()))).toBeLessThan(2_000)
  await store.close()
})

test('what came damaged over one connection and whole over another is given, and the first is not used again', async () => {
  const { entry } = put('k', 'value')
  const entries = new Entries()
  const whole = entries.frameOf(entry as Entry, 'k')
  const damaged = Buffer.from(whole)
  damaged[20] = 0xff
  await using server = await fakeServer(([name = '']) => {
    const bytes = (name === 'MGET' ? damaged : whole).toString('latin1')
    return name === 'MGET' ? list([bulk(bytes)]) : bulk(bytes)
  })
  let renewed = 0
  const link = {
    open: () => {
      throw new Error('Connection is closed.')
    },
    spare: () => Promise.reject(new Error('Connection is closed.')),
    renew: () => {
      renewed += 1
    },
    close: () => undefined,
  }
  class Doubtful extends SingleRouter {
    override values(): Promise<readonly unknown[]> {
      return Promise.resolve([damaged])
    }
    override askAfresh(): Promise<unknown> {
      return Promise.resolve(whole)
    }
  }
  const router = new Doubtful(new Server({ source: 'redis', clock: manualClock(), link, wait: undefined }))
  const terms = { operation: 'read', until: Infinity } as const
  const [found] = await new Reader(router, new Root('cachette'), entries).read(['k'], 'value', terms)
  expect([found?.kind, renewed]).toEqual(['value', 1])
  expect(await failureOf(() => router.ask('k', ['GET', 'k'], terms))).toBe('UNAVAILABLE yes none')
  const store = redis({ connection: { host: '127.0.0.1', port: server.port } })
  expect(await textOf(store, 'k')).toBe('value')
  await store.close()
})
