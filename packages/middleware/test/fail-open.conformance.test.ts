import { conformance } from '@cachette/conformance/vitest'
import { failOpen } from '@cachette/middleware/fail-open'

conformance({ name: 'failOpen', layer: () => failOpen() })
conformance({ name: 'failOpen, over a store that answers later', layer: () => failOpen(), over: 'remote' })
