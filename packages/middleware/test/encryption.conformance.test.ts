import { randomBytes } from 'node:crypto'
import { memory } from '@cachette/adapter-memory'
import { conformance } from '@cachette/conformance/vitest'
import { encryption } from '@cachette/middleware/encryption'

const keys = { current: { id: 'a', secret: randomBytes(32) } }

conformance({ name: 'encryption', layer: () => encryption({ keys }) })
conformance(
  {
    name: 'encryption with ChaCha20, over memory',
    layer: () => encryption({ keys, algorithm: 'chacha20-poly1305', required: false }),
    over: ({ clock }) => memory({ copies: true, clock }),
  },
  { runs: 20 },
)
