import { conformance } from '@cachette/conformance/vitest'
import { chaos } from '@cachette/middleware/chaos'

conformance({ name: 'chaos', layer: () => chaos() })
conformance({ name: 'chaos, over a store that answers later', layer: () => chaos(), over: 'remote' })
