import { memcached } from '@cachette/adapter-memcached'
import { memory } from '@cachette/adapter-memory'
import { type FaultProxy, faultProxy } from '@cachette/conformance/proxy'
import { type MemcachedServer, memcachedServer } from '@cachette/conformance/servers'
import { conformance } from '@cachette/conformance/vitest'
import type { Clock, Store } from '@cachette/core'
import { afterAll, beforeAll } from 'vitest'
import { memoryHub, tiered } from '../src/index.js'
import { FAULTS, healed, JSON_VALUES } from './support.js'

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

const hub = memoryHub()
const rootOf = new WeakMap<Store<unknown>, string>()
let roots = 0

function opened(root: string, clock: Clock): Store<unknown> {
  const { host, port } = proxy
  const record = memcached({ servers: [{ host, port }], root, clock })
  const store = tiered<unknown>({
    tiers: [{ store: memory({ clock }) }, { store: record }],
    bus: hub.bus(),
    channel: root,
    clock,
  })
  rootOf.set(store, root)
  return store
}

conformance({
  name: 'tiered: memory over Memcached',
  values: JSON_VALUES,
  open: ({ clock }) => {
    roots += 1
    return opened(`root-${roots}`, clock)
  },
  reopen: (closed, { clock }) => opened(rootOf.get(closed) ?? '', clock),
  breakBackend: (fault) => proxy.fault(FAULTS[fault]),
  healBackend: () => healed(proxy),
})
