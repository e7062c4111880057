import { memory } from '@cachette/adapter-memory'
import { conformance } from '@cachette/conformance/vitest'
import { checksum } from '@cachette/middleware/checksum'

conformance({ name: 'checksum', layer: () => checksum() })
conformance(
  {
    name: 'checksum that takes its time, over memory',
    layer: () => checksum({ algorithm: 'xxhash64', required: true }),
    over: ({ clock }) => memory({ copies: true, clock }),
  },
  { runs: 20 },
)
