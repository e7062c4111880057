import { type FaultProxy, faultProxy } from '@cachette/conformance/proxy'
import { type RedisSentinel, type RedisServer, redisSentinel } from '@cachette/conformance/servers'
import { conformance } from '@cachette/conformance/vitest'
import { afterAll, beforeAll } from 'vitest'
import { redis } from '../src/index.js'
import { subjectOn } from './support.js'

let sentinel: RedisSentinel
let master: RedisServer
let proxy: FaultProxy

beforeAll(async () => {
  sentinel = await redisSentinel()
  master = await sentinel.master()
  proxy = await faultProxy({ to: { host: '127.0.0.1', port: master.port }, seed: 1 })
}, 30_000)

afterAll(async () => {
  await proxy.stop()
  await sentinel.stop()
})

conformance(
  subjectOn('redis by way of Sentinel', () => ({
    open: (root, clock) =>
      redis({
        connection: {
          sentinels: sentinel.sentinels.map(({ port }) => ({ host: '127.0.0.1', port })),
          name: sentinel.masterName,
          // What the sentinels say leads past the proxy.
          natMap: { [`127.0.0.1:${master.port}`]: { host: proxy.host, port: proxy.port } },
        },
        root,
        clock,
      }),
    proxies: [proxy],
    command: (_, ...command) => master.command(...command),
    empty: async () => void (await master.command('FLUSHALL')),
  })),
  { runs: 20 },
)
