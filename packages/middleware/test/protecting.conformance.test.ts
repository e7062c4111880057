import { conformance } from '@cachette/conformance/vitest'
import { bulkhead } from '@cachette/middleware/bulkhead'
import { circuitBreaker } from '@cachette/middleware/circuit-breaker'
import { record } from '@cachette/middleware/record'
import { retry } from '@cachette/middleware/retry'

const layers = () => [retry(), circuitBreaker(), bulkhead({ maxConcurrent: 2 }), record()]

conformance({ name: 'retry, circuitBreaker, bulkhead and record', layers })
conformance({ name: 'the same over a store that answers later', layers, over: 'remote' })
