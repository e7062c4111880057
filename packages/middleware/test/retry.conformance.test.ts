import { conformance } from '@cachette/conformance/vitest'
import { retry } from '@cachette/middleware/retry'

conformance({ name: 'retry', layer: () => retry() })
conformance({ name: 'retry, over a store that answers later', layer: () => retry({ baseMs: 0 }), over: 'remote' })
