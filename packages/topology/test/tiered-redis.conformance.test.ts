import { memory } from '@cachette/adapter-memory'
import { redis } from '@cachette/adapter-redis'
import { conformance } from '@cachette/conformance/vitest'
import { afterAll, beforeAll } from 'vitest'
import { memoryHub, tiered } from '../src/index.js'
import { type Backend, JSON_VALUES, startBackend, stopBackend, subjectOn } from './support.js'

let backend: Backend

beforeAll(async () => {
  backend = await startBackend()
})

afterAll(() => stopBackend(backend))

// One for all stores of a subject: those that are opened a second time hear of each other.
const hub = memoryHub()

conformance({
  ...subjectOn<unknown>(
    'tiered: memory over Redis',
    () => backend,
    (server) =>
      tiered<unknown>({
        tiers: [{ store: memory({ clock: server.clock }) }, { store: redis(server) }],
        bus: hub.bus(),
        channel: server.root,
        clock: server.clock,
      }),
  ),
  values: JSON_VALUES,
})

conformance(
  subjectOn(
    'tiered: copies over Redis, without a queue',
    () => backend,
    (server) =>
      tiered({
        tiers: [{ store: memory({ copies: true, clock: server.clock }), ttlMs: 100 }, { store: redis(server) }],
        bus: hub.bus(),
        channel: server.root,
        outage: 'reject',
        clock: server.clock,
      }),
  ),
)
