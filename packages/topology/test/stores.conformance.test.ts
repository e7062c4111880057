import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lmdb } from '@cachette/adapter-lmdb'
import { memory } from '@cachette/adapter-memory'
import { redis } from '@cachette/adapter-redis'
import { faulty } from '@cachette/conformance'
import { conformance } from '@cachette/conformance/vitest'
import { afterAll, beforeAll } from 'vitest'
import { replicated, sharded, tiered } from '../src/index.js'
import { type Backend, JSON_VALUES, startBackend, stopBackend, subjectOn } from './support.js'

let backend: Backend
const folder = mkdtempSync(join(tmpdir(), 'topology-'))
let paths = 0

beforeAll(async () => {
  backend = await startBackend()
})

afterAll(async () => {
  await stopBackend(backend)
  rmSync(folder, { recursive: true })
})

conformance({
  name: 'tiered: memory over LMDB',
  values: JSON_VALUES,
  open: ({ clock }) => {
    paths += 1
    const record = lmdb({ path: join(folder, `${paths}`), clock })
    return tiered<unknown>({ tiers: [{ store: memory({ clock }) }, { store: record }], clock })
  },
})

conformance(
  subjectOn(
    'sharded: three roots on Redis',
    () => backend,
    ({ connection, root, clock }) =>
      sharded({
        shards: ['a', 'b', 'c'].map((name) => ({ name, store: redis({ connection, root: `${root}-${name}`, clock }) })),
        clock,
      }),
  ),
)

conformance(
  subjectOn(
    'replicated: two roots on Redis, and one that is dead',
    () => backend,
    ({ connection, root, clock }) =>
      replicated({
        replicas: [
          { name: 'dead', store: faulty(memory({ copies: true, clock }), { seed: 1, clock, rates: { error: 1 } }) },
          ...['a', 'b'].map((name) => ({ name, store: redis({ connection, root: `${root}-${name}`, clock }) })),
        ],
        clock,
      }),
  ),
)
