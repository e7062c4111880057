import { conformance } from '@cachette/conformance/vitest'
import { rateLimit } from '@cachette/middleware/rate-limit'

const wide = () => rateLimit({ perSecond: 1_000_000, burst: 1_000_000 })

conformance({ name: 'rateLimit', layer: wide })
conformance({ name: 'rateLimit, over a store that answers later', layer: wide, over: 'remote' })
