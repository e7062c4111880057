import { type FaultProxy, faultProxy } from '@cachette/conformance/proxy'
import { type MemcachedServer, memcachedServer } from '@cachette/conformance/servers'
import { conformance } from '@cachette/conformance/vitest'
import { afterAll, beforeAll } from 'vitest'
import { subjectOn } from './support.js'

let server: MemcachedServer
let proxy: FaultProxy

beforeAll(async () => {
  server = await memcachedServer({ memoryMb: 512 })
  proxy = await faultProxy({ to: server, seed: 1 })
})

afterAll(async () => {
  await proxy.stop()
  await server.stop()
})

conformance(subjectOn('memcached', () => ({ servers: [server], proxies: [proxy] })))
