import { memory } from '@cachette/adapter-memory'
import { conformance } from '@cachette/conformance/vitest'
import { eviction } from '@cachette/middleware/eviction'

const roomy = () => eviction({ maxEntries: 1_000_000, scope: 'process' })

conformance({ name: 'eviction', layer: roomy })
conformance({ name: 'eviction, over a store that answers later', layer: roomy, over: 'remote' })
conformance({
  name: 'eviction by bytes, over values by reference',
  layer: () => eviction({ maxBytes: 1e9, weigh: () => 100 }),
  over: ({ clock }) => memory({ clock }),
})
conformance({
  name: 'eviction with room for few',
  layer: () => eviction({ policy: 'adaptive', maxEntries: 128, scope: 'process' }),
  over: 'remote',
})
