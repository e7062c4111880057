import { conformance } from '@cachette/conformance/vitest'
import { versioned } from '@cachette/middleware/versioned'

conformance({ name: 'versioned', layer: () => versioned({ version: 2 }) })

conformance({
  name: 'versioned, over a store that answers later',
  layer: () => versioned({ version: () => 3 }),
  over: 'remote',
})
