import {
  type EndureOptions,
  endure,
  enduredText,
  networkTroubles,
  serverTroubles,
  type Trouble,
} from '@cachette/conformance/faults'
import { faultProxy } from '@cachette/conformance/proxy'
import { type MemcachedServer, memcachedServer } from '@cachette/conformance/servers'
import { expect } from 'vitest'
import { memcached } from '../src/index.js'
import { addressOf } from './using.js'

/** Where trouble is made, and how a store is opened there. */
interface Place extends Pick<EndureOptions, 'open' | 'connections'>, AsyncDisposable {
  readonly troubles: readonly Trouble[]
}

export const PLACES: readonly (readonly [name: string, open: () => Promise<Place>])[] = [
  ['a way that is troubled', behindProxy],
  ['a server that comes back empty', onOne],
  ['one of three servers', onThree],
]

/** Every trouble of a place, one after the other, for about so long each. */
export async function endureAll(open: () => Promise<Place>, forMs: number): Promise<void> {
  await using place = await open()
  const findings: string[] = []
  for (const trouble of place.troubles) {
    const report = await endure({ trouble, open: place.open, connections: place.connections, forMs })
    process.stdout.write(`${enduredText(report)}\n`)
    findings.push(...report.findings.map((finding) => `${trouble.name} (seed ${report.seed}): ${finding}`))
  }
  expect(findings).toEqual([])
}

async function behindProxy(): Promise<Place> {
  const server = await memcachedServer()
  const proxy = await faultProxy({ to: server, seed: 1 })
  return {
    open: () => memcached({ servers: [addressOf(proxy)] }),
    connections: () => connectionsOf(server),
    troubles: networkTroubles(proxy),
    async [Symbol.asyncDispose]() {
      await proxy.stop()
      await server.stop()
    },
  }
}

async function onOne(): Promise<Place> {
  const server = await memcachedServer()
  return {
    open: () => memcached({ servers: [addressOf(server)] }),
    connections: () => connectionsOf(server),
    troubles: serverTroubles(server, 'some'),
    [Symbol.asyncDispose]: () => server.stop(),
  }
}

async function onThree(): Promise<Place> {
  const servers = [await memcachedServer(), await memcachedServer(), await memcachedServer()] as const
  const [first] = servers
  return {
    open: () => memcached({ servers: servers.map(addressOf) }),
    connections: () => connectionsOf(first),
    troubles: serverTroubles(first, 'some'),
    async [Symbol.asyncDispose]() {
      for (const server of servers) await server.stop()
    },
  }
}

/** The one that asks is among them each time. */
async function connectionsOf(server: MemcachedServer): Promise<number> {
  return Number((await server.statistics()).get('curr_connections'))
}
