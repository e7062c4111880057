import type { Awaitable } from '@cachette/core'
import type { Redis } from 'ioredis'
import { besideOf, clientFor } from './client.js'
import { ClusterRouter } from './cluster.js'
import { checkClient, isCluster } from './given-client.js'
import { GivenLink } from './given-link.js'
import { GivenNodes } from './given-nodes.js'
import { type Link, OwnLink } from './link.js'
import { OwnNodes } from './nodes.js'
import {
  type ConnectionOptions,
  connectionOf,
  DEFAULTS,
  type RedisOptions,
  type ServerAddress,
  type Settings,
} from './options.js'
import { type Router, SingleRouter } from './router.js'
import { Server } from './server.js'

const SOURCE = 'redis'

/** The way to where the options say. Nothing is connected yet. */
export function routerOf({ url, connection, cluster, client }: RedisOptions, settings: Settings): Router {
  if (client !== undefined) return givenRouter(client, settings)
  if (cluster !== undefined) return clusterRouter(cluster, connection, settings)
  const whole = url === undefined ? (connection ?? connectionOf(DEFAULTS.url)) : connectionOf(url, connection)
  return new SingleRouter(serverBy(ownLink(whole, settings), settings))
}

function clusterRouter(
  cluster: NonNullable<RedisOptions['cluster']>,
  connection: ConnectionOptions | undefined,
  settings: Settings,
): Router {
  const seeds = cluster.map((seed) => (typeof seed === 'string' ? connectionOf(seed, connection) : seed))
  const common: ConnectionOptions = { ...connection, ...seeds[0] }
  const make = ({ host, port }: ServerAddress): Server => {
    const { natMap } = common
    const address = `${host}:${port}`
    const outside = typeof natMap === 'function' ? natMap(address) : natMap?.[address]
    return serverBy(ownLink({ ...common, host, port, ...outside }, settings), settings)
  }
  const addresses = seeds.map(({ host = 'localhost', port = 6379 }) => ({ host, port }))
  const nodes = new OwnNodes({ source: SOURCE, clock: settings.clock, seeds: addresses, make })
  return new ClusterRouter(nodes, SOURCE)
}

function givenRouter(client: NonNullable<RedisOptions['client']>, settings: Settings): Router {
  checkClient(client)
  const { connectMs } = settings
  const another = (given: Redis): Redis => besideOf(given, connectMs)
  const make = (get: () => Awaitable<Redis>): Server =>
    serverBy(new GivenLink({ connectMs, client: get, another }), settings)
  if (!isCluster(client)) return new SingleRouter(make(() => client))
  return new ClusterRouter(new GivenNodes({ source: SOURCE, connectMs, cluster: client, make }), SOURCE)
}

function serverBy(link: Link, { clock, wait }: Settings): Server {
  return new Server({ source: SOURCE, clock, link, wait })
}

function ownLink(connection: ConnectionOptions, { clock, connectMs }: Settings): OwnLink {
  const { sentinels } = connection
  return new OwnLink({
    clock,
    connectMs,
    role: sentinels === undefined || sentinels === null ? 'any' : 'master',
    make: (attempt) => clientFor(connection, connectMs, attempt),
  })
}
