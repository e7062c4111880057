import { conformance } from '@cachette/conformance/vitest'
import { ttl } from '@cachette/middleware/ttl'

// Rules that change nothing: what is left of the layer must show nowhere.
const rules = [{ namespace: 'nowhere', ttlMs: 1 }, () => ({ ttlMs: Infinity })]

conformance({ name: 'ttl', layer: () => ttl({ rules: rules.slice(0, 1) }) })
conformance(
  {
    name: 'ttl that shortens, over a store that answers later',
    layer: () => ttl({ rules, mode: 'shorten' }),
    over: 'remote',
  },
  { runs: 20 },
)
