import { conformance } from '@cachette/conformance/vitest'
import { jitter } from '@cachette/middleware/jitter'

// Chance takes nothing off: what is left of the layer must show nowhere.
const still = () => jitter({ random: () => 0 })

conformance({ name: 'jitter', layer: still })
conformance({ name: 'jitter, over a store that answers later', layer: still, over: 'remote' }, { runs: 20 })
