import { type FaultProxy, faultProxy } from '@cachette/conformance/proxy'
import { type RedisCluster, redisCluster } from '@cachette/conformance/servers'
import { conformance } from '@cachette/conformance/vitest'
import { afterAll, beforeAll } from 'vitest'
import { redis } from '../src/index.js'
import { slotOf } from '../src/keys.js'
import { subjectOn } from './support.js'

let cluster: RedisCluster
let proxies: FaultProxy[] = []

beforeAll(async () => {
  cluster = await redisCluster({ replicas: 0 })
  proxies = await Promise.all(
    cluster.nodes.map(({ port }) => faultProxy({ to: { host: '127.0.0.1', port }, seed: port })),
  )
}, 30_000)

afterAll(async () => {
  await Promise.all(proxies.map((proxy) => proxy.stop()))
  await cluster.stop()
})

/** What the servers say of themselves leads past the proxies. */
const natMap = (): Record<string, { host: string; port: number }> =>
  Object.fromEntries(
    cluster.nodes.map(({ port }, index) => [
      `127.0.0.1:${port}`,
      { host: '127.0.0.1', port: proxies[index]?.port ?? 0 },
    ]),
  )

conformance(
  subjectOn('redis cluster', () => ({
    open: (root, clock) =>
      redis({
        cluster: cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port })),
        connection: { natMap: natMap() },
        root,
        clock,
      }),
    proxies,
    command: async (name, ...command) => (await cluster.masterOf(slotOf(name))).command(...command),
    empty: async () => void (await Promise.all(cluster.nodes.map((node) => node.command('FLUSHALL')))),
  })),
  { runs: 30 },
)
