import { tracingChannel } from 'node:diagnostics_channel'
import { conformance } from '@cachette/conformance/vitest'
import { tracing } from '@cachette/middleware/tracing'

conformance({ name: 'tracing, unheard', layer: () => tracing({ prefix: 'unheard' }) })

for (const verb of ['read', 'write', 'scan', 'clear']) tracingChannel(`heard:${verb}`).start.subscribe(() => undefined)
conformance({ name: 'tracing, heard', layer: () => tracing({ prefix: 'heard' }) })
conformance({
  name: 'tracing, heard, over a store that answers later',
  layer: () => tracing({ prefix: 'heard' }),
  over: 'remote',
})
