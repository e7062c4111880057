import { conformance } from '@cachette/conformance/vitest'
import { circuitBreaker } from '@cachette/middleware/circuit-breaker'

conformance({ name: 'circuitBreaker', layer: () => circuitBreaker() })
conformance({ name: 'circuitBreaker, over a store that answers later', layer: () => circuitBreaker(), over: 'remote' })
