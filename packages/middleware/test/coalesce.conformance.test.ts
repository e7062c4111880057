import { conformance } from '@cachette/conformance/vitest'
import { coalesce } from '@cachette/middleware/coalesce'

conformance({ name: 'coalesce', layer: () => coalesce() })

conformance({
  name: 'coalesce, over a store that answers later',
  layer: () => coalesce({ maxBatch: 3 }),
  over: 'remote',
})
