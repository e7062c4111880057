import { memory } from '@cachette/adapter-memory'
import { conformance } from '@cachette/conformance/vitest'
import { compression } from '@cachette/middleware/compression'

const ready = { thresholdBytes: 0, asyncAboveBytes: Infinity }

conformance({ name: 'compression', layer: () => compression(ready) })
conformance(
  { name: 'compression on other threads', layer: () => compression({ thresholdBytes: 0, asyncAboveBytes: 2 }) },
  { runs: 20 },
)
conformance(
  {
    name: 'compression with lz4, over memory',
    layer: () => compression({ ...ready, algorithm: 'lz4' }),
    over: ({ clock }) => memory({ copies: true, clock }),
  },
  { runs: 20 },
)
