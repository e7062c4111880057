import { memory } from '@cachette/adapter-memory'
import { conformance } from '@cachette/conformance/vitest'
import { stats } from '@cachette/middleware/stats'

conformance({ name: 'stats', layer: () => stats() })
conformance({
  name: 'stats, of every call, over a store that answers later',
  layer: () => stats({ level: 'full' }),
  over: 'remote',
})
conformance({
  name: 'stats, over memory',
  layer: () => stats({ sampleEvery: 2 }),
  over: ({ clock }) => memory({ copies: true, clock }),
})
