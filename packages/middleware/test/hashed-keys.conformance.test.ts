import { randomBytes } from 'node:crypto'
import { conformance } from '@cachette/conformance/vitest'
import { hashedKeys } from '@cachette/middleware/hashed-keys'

const secret = randomBytes(32)

conformance({ name: 'hashedKeys', layer: () => hashedKeys({ secret }) })
conformance(
  { name: 'hashedKeys, over a store that answers later', layer: () => hashedKeys({ secret }), over: 'remote' },
  { runs: 20 },
)
