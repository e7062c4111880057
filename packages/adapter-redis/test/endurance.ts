import {
  type EndureOptions,
  endure,
  enduredText,
  networkTroubles,
  serverTroubles,
  type Trouble,
} from '@cachette/conformance/faults'
import { faultProxy } from '@cachette/conformance/proxy'
import { type RedisServer, redisCluster, redisSentinel, redisServer } from '@cachette/conformance/servers'
import { systemClock } from '@cachette/core'
import { Redis } from 'ioredis'
import { expect } from 'vitest'
import { redis } from '../src/index.js'

/** Where trouble is made, and how a store is opened there. */
interface Place extends Pick<EndureOptions, 'open' | 'connections'>, AsyncDisposable {
  readonly troubles: readonly Trouble[]
}

const HOST = '127.0.0.1'

export const PLACES: readonly (readonly [name: string, open: () => Promise<Place>])[] = [
  ['a way that is troubled', behindProxy],
  ['a server that keeps what it has', onPersistent],
  ['a server that comes back empty', onForgetful],
  ['a master that another takes over from', bySentinel],
  ['a cluster', inCluster],
]

/** The same troubles for clients that are handed in, which see to their connections themselves. */
export const PLACES_OF_CLIENTS: typeof PLACES = [
  ["a way that is troubled, by clients of the user's", behindProxyByClients],
]

/** Every trouble of a place, one after the other, for about so long each. */
export async function endureAll(
  open: () => Promise<Place>,
  times: Pick<EndureOptions, 'forMs' | 'deadlineMs'>,
): Promise<void> {
  await using place = await open()
  const findings: string[] = []
  for (const trouble of place.troubles) {
    const report = await endure({ trouble, open: place.open, connections: place.connections, ...times })
    process.stdout.write(`${enduredText(report)}\n`)
    findings.push(...report.findings.map((finding) => `${trouble.name} (seed ${report.seed}): ${finding}`))
  }
  expect(findings).toEqual([])
}

async function behindProxy(): Promise<Place> {
  const server = await redisServer()
  const proxy = await faultProxy({ to: { host: HOST, port: server.port }, seed: 1 })
  return {
    open: () => redis({ connection: { host: proxy.host, port: proxy.port } }),
    connections: () => connectionsOf(server),
    troubles: networkTroubles(proxy),
    async [Symbol.asyncDispose]() {
      await proxy.stop()
      await server.stop()
    },
  }
}

async function behindProxyByClients(): Promise<Place> {
  const server = await redisServer()
  const proxy = await faultProxy({ to: { host: HOST, port: server.port }, seed: 2 })
  const clients: Redis[] = []
  return {
    open() {
      const retryStrategy = (attempts: number): number => Math.min(50 * attempts, 500)
      const client = new Redis({ host: proxy.host, port: proxy.port, maxRetriesPerRequest: 0, retryStrategy })
      client.on('error', () => undefined)
      clients.push(client)
      return redis({ client, connectMs: 500 })
    },
    // A client that is sent rubbish may throw where nobody can catch it.
    troubles: networkTroubles(proxy).filter(({ name }) => !name.includes('garbled')),
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.disconnect()
      await proxy.stop()
      await server.stop()
    },
  }
}

async function onPersistent(): Promise<Place> {
  const server = await redisServer({ persistent: true, config: { 'maxmemory-policy': 'noeviction' } })
  const limit = (bytes: string) => async (): Promise<void> =>
    void (await server.command('CONFIG', 'SET', 'maxmemory', bytes))
  return {
    ...at(server),
    troubles: [
      ...serverTroubles(server, 'all'),
      { name: 'the server is full', begin: limit('1'), end: limit('0'), allows: /^write FULL no none$/ },
      { name: 'the scripts are lost', ...again(() => server.command('SCRIPT', 'FLUSH')), allows: /^$/ },
    ],
  }
}

async function onForgetful(): Promise<Place> {
  const server = await redisServer()
  return { ...at(server), troubles: serverTroubles(server, 'some').filter(({ keeps }) => keeps === 'some') }
}

const AWAY =
  /^((read|scan) (UNAVAILABLE|TIMEOUT) yes none|(write|clear) (UNAVAILABLE|TIMEOUT|READ_ONLY) yes (none|unknown))$/

async function bySentinel(): Promise<Place> {
  const sentinel = await redisSentinel({ downAfterMs: 500 })
  const sentinels = sentinel.sentinels.map(({ port }) => ({ host: HOST, port }))
  let old: RedisServer | undefined
  const trouble = (name: string, how: 'agreed' | 'kill' | 'pause'): Trouble => ({
    name,
    async begin() {
      old = await sentinel.master()
      await sentinel.failover(how)
    },
    async end() {
      if (how === 'kill') await old?.restart()
      if (how === 'pause') old?.resume()
    },
    allows: AWAY,
    keeps: 'unsure',
  })
  return {
    open: () => redis({ connection: { sentinels, name: sentinel.masterName } }),
    troubles: [
      trouble('masters change as agreed', 'agreed'),
      trouble('the master is killed', 'kill'),
      trouble('the master is frozen', 'pause'),
    ],
    [Symbol.asyncDispose]: () => sentinel.stop(),
  }
}

async function inCluster(): Promise<Place> {
  const cluster = await redisCluster()
  const seeds = cluster.nodes.map(({ port }) => ({ host: HOST, port }))
  let slot = 0
  let old: RedisServer | undefined
  const trouble = (name: string, how: 'agreed' | 'kill'): Trouble => ({
    name,
    async begin() {
      old = await cluster.masterOf(0)
      await cluster.failover(old, how)
    },
    async end() {
      if (how === 'kill') await old?.restart()
    },
    allows: AWAY,
    keeps: 'unsure',
  })
  return {
    open: () => redis({ cluster: seeds }),
    troubles: [
      trouble('masters change as agreed', 'agreed'),
      trouble('a master is killed', 'kill'),
      {
        name: 'slots move',
        async begin() {
          slot = (slot + 1) % 100
          const from = await cluster.masterOf(slot)
          const masters = await Promise.all([0, 8_000, 16_000].map((at) => cluster.masterOf(at)))
          const to = masters.find((master) => master !== from) ?? from
          await cluster.migrateSlot(slot, to)
        },
        end: () => undefined,
        allows: /^(scan UNAVAILABLE yes none|clear UNAVAILABLE yes unknown)$/,
      },
    ],
    [Symbol.asyncDispose]: () => cluster.stop(),
  }
}

function at(server: RedisServer): Omit<Place, 'troubles'> {
  return {
    open: () => redis({ connection: { host: HOST, port: server.port } }),
    connections: () => connectionsOf(server),
    [Symbol.asyncDispose]: () => server.stop(),
  }
}

/** The one that asks is among them each time. */
async function connectionsOf(server: RedisServer): Promise<number> {
  return Number(/connected_clients:(\d+)/.exec(String(await server.command('INFO', 'clients')))?.[1])
}

/** The same thing every few milliseconds, as long as the trouble lasts. */
function again(work: () => Promise<unknown>): Pick<Trouble, 'begin' | 'end'> {
  let isOver = false
  let working = Promise.resolve()
  const workOn = async (): Promise<void> => {
    while (!isOver) {
      await work()
      await new Promise<void>((resolve) => void systemClock.setTimer(10, resolve))
    }
  }
  return {
    begin() {
      isOver = false
      working = workOn()
    },
    async end() {
      isOver = true
      await working
    },
  }
}
