import { type FaultProxy, faultProxy } from '@cachette/conformance/proxy'
import { type MemcachedServer, memcachedServer } from '@cachette/conformance/servers'
import { conformance } from '@cachette/conformance/vitest'
import { afterAll, beforeAll } from 'vitest'
import { subjectOn } from './support.js'

let servers: readonly MemcachedServer[] = []
let proxies: readonly FaultProxy[] = []

beforeAll(async () => {
  servers = await Promise.all([1, 2, 3].map(() => memcachedServer({ memoryMb: 256 })))
  proxies = await Promise.all(servers.map((to, index) => faultProxy({ to, seed: index })))
})

afterAll(async () => {
  await Promise.all(proxies.map((proxy) => proxy.stop()))
  await Promise.all(servers.map((server) => server.stop()))
})

conformance(subjectOn('memcached, three servers', () => ({ servers, proxies })))
