import { type FaultProxy, faultProxy } from '@cachette/conformance/proxy'
import { type RedisServer, redisServer } from '@cachette/conformance/servers'
import { conformance } from '@cachette/conformance/vitest'
import { afterAll, beforeAll } from 'vitest'
import { redis } from '../src/index.js'
import { subjectOn } from './support.js'

let server: RedisServer
let proxy: FaultProxy

beforeAll(async () => {
  server = await redisServer()
  proxy = await faultProxy({ to: { host: '127.0.0.1', port: server.port }, seed: 1 })
})

afterAll(async () => {
  await proxy.stop()
  await server.stop()
})

conformance(
  subjectOn('redis', () => ({
    open: (root, clock) => redis({ connection: { host: proxy.host, port: proxy.port }, root, clock }),
    proxies: [proxy],
    command: (_, ...command) => server.command(...command),
    empty: async () => void (await server.command('FLUSHALL')),
  })),
)
