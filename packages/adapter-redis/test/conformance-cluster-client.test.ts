import { FAULTS } from '@cachette/conformance'
import { type FaultProxy, faultProxy } from '@cachette/conformance/proxy'
import { type RedisCluster, redisCluster } from '@cachette/conformance/servers'
import { conformance } from '@cachette/conformance/vitest'
import { Cluster } from 'ioredis'
import { afterAll, beforeAll } from 'vitest'
import { redis } from '../src/index.js'
import { slotOf } from '../src/keys.js'
import { isFenced, subjectOn } from './support.js'

let cluster: RedisCluster
let proxies: FaultProxy[] = []
let client: Cluster

beforeAll(async () => {
  cluster = await redisCluster({ replicas: 0 })
  proxies = await Promise.all(
    cluster.nodes.map(({ port }) => faultProxy({ to: { host: '127.0.0.1', port }, seed: port })),
  )
  const places = cluster.nodes.map(({ port }, index) => [
    `127.0.0.1:${port}`,
    { host: '127.0.0.1', port: proxies[index]?.port ?? 0 },
  ])
  client = new Cluster(
    proxies.map(({ host, port }) => ({ host, port })),
    { natMap: Object.fromEntries(places), clusterRetryStrategy: () => 5 },
  )
  client.on('error', () => undefined)
}, 30_000)

afterAll(async () => {
  client.disconnect()
  await Promise.all(proxies.map((proxy) => proxy.stop()))
  await cluster.stop()
})

conformance(
  {
    ...subjectOn('redis, by a client of a cluster', () => ({
      open: (root, clock) => redis({ client, root, clock }),
      proxies,
      command: async (name, ...command) => (await cluster.masterOf(slotOf(name))).command(...command),
      empty: async () => void (await Promise.all(cluster.nodes.map((node) => node.command('FLUSHALL')))),
    })),
    faults: FAULTS.filter(isFenced),
  },
  { runs: 15 },
)
