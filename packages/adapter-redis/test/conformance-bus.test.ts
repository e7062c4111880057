import { type RedisCluster, type RedisServer, redisCluster, redisServer } from '@cachette/conformance/servers'
import { busConformance } from '@cachette/conformance/vitest'
import type { Bus } from '@cachette/core'
import { afterAll, beforeAll } from 'vitest'
import { redisBus } from '../src/index.js'

let server: RedisServer
let cluster: RedisCluster

beforeAll(async () => {
  server = await redisServer()
  cluster = await redisCluster({ replicas: 0 })
}, 30_000)

afterAll(async () => {
  await server.stop()
  await cluster.stop()
})

const busOn = ({ port }: Pick<RedisServer, 'port'>): Bus =>
  redisBus({ connection: { host: '127.0.0.1', port }, heartbeatMs: 100 })

const cut = async (from: RedisServer): Promise<void> => void (await from.command('CLIENT', 'KILL', 'TYPE', 'pubsub'))

busConformance({ name: 'a bus over Redis', open: () => busOn(server), interrupt: () => cut(server) })

let opened = 0

busConformance({
  name: 'a bus over several servers of a cluster',
  open() {
    opened += 1
    return busOn(cluster.nodes[opened % cluster.nodes.length] ?? server)
  },
  interrupt: async () => void (await Promise.all(cluster.nodes.map(cut))),
})
