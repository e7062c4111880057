import { conformance } from '@cachette/conformance/vitest'
import { bulkhead } from '@cachette/middleware/bulkhead'

conformance({ name: 'bulkhead', layer: () => bulkhead() })
conformance({
  name: 'bulkhead, one place over a store that answers later',
  layer: () => bulkhead({ maxConcurrent: 1, maxQueued: Infinity }),
  over: 'remote',
})
