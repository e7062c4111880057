import { conformance } from '@cachette/conformance/vitest'
import { record } from '@cachette/middleware/record'

conformance({ name: 'record', layer: () => record() })
conformance({ name: 'record, over a store that answers later', layer: () => record(), over: 'remote' })
