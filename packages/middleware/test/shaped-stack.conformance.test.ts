import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { files } from '@cachette/adapter-file'
import { lmdb } from '@cachette/adapter-lmdb'
import { memory } from '@cachette/adapter-memory'
import { conformance } from '@cachette/conformance/vitest'
import { checksum } from '@cachette/middleware/checksum'
import { compression } from '@cachette/middleware/compression'
import { encryption } from '@cachette/middleware/encryption'
import { jitter } from '@cachette/middleware/jitter'
import { ttl } from '@cachette/middleware/ttl'
import { temporary } from './support/folders.js'

const keys = { current: { id: 'a', secret: randomBytes(32) } }

const folder = temporary()
const path = () => mkdtempSync(join(folder, 'store-'))

/** All that shapes what is stored, in the order in which it works. */
const layers = () => [
  ttl({ rules: [{ namespace: 'nowhere', ttlMs: 1 }] }),
  jitter({ random: () => 0 }),
  compression({ thresholdBytes: 0, asyncAboveBytes: Infinity }),
  encryption({ keys }),
  checksum(),
]

conformance(
  { name: 'a shaped stack over memory', layers, over: ({ clock }) => memory({ copies: true, clock }) },
  { runs: 20 },
)
conformance(
  { name: 'a shaped stack over LMDB', layers, over: ({ clock }) => lmdb({ path: path(), clock }) },
  { runs: 4 },
)
conformance(
  { name: 'a shaped stack over files', layers, over: ({ clock }) => files({ path: path(), clock }) },
  { runs: 4 },
)
