import { FAULTS } from '@cachette/conformance'
import { type FaultProxy, faultProxy } from '@cachette/conformance/proxy'
import { type RedisServer, redisServer } from '@cachette/conformance/servers'
import { conformance } from '@cachette/conformance/vitest'
import { Redis } from 'ioredis'
import { Redis as Redis5 } from 'ioredis5'
import { afterAll, beforeAll } from 'vitest'
import { redis } from '../src/index.js'
import { isFenced, subjectOn } from './support.js'

let server: RedisServer
let proxy: FaultProxy
let clients: readonly Redis[]

beforeAll(async () => {
  server = await redisServer()
  proxy = await faultProxy({ to: { host: '127.0.0.1', port: server.port }, seed: 1 })
  const options = { host: proxy.host, port: proxy.port, maxRetriesPerRequest: 0, retryStrategy: () => 5 }
  // Of two releases at once the types differ; whoever uses one has the types of that one.
  clients = [new Redis(options), new Redis5(options) as unknown as Redis]
  for (const client of clients) client.on('error', () => undefined)
})

afterAll(async () => {
  for (const client of clients) client.disconnect()
  await proxy.stop()
  await server.stop()
})

for (const [index, driver] of ['ioredis 6', 'ioredis 5'].entries()) {
  conformance(
    {
      ...subjectOn(`redis, by a client of ${driver}`, () => ({
        open: (root, clock) => redis({ client: clients[index], root, clock }),
        proxies: [proxy],
        command: (_, ...command) => server.command(...command),
        empty: async () => void (await server.command('FLUSHALL')),
      })),
      faults: FAULTS.filter(isFenced),
    },
    { runs: 20 },
  )
}
