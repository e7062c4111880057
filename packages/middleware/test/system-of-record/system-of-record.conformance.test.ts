import { memory } from '@cachette/adapter-memory'
import type { LayerSubject } from '@cachette/conformance'
import { conformance } from '@cachette/conformance/vitest'
import { readThrough } from '@cachette/middleware/read-through'
import { writeBehind } from '@cachette/middleware/write-behind'
import { writeThrough } from '@cachette/middleware/write-through'

const over: LayerSubject<unknown>['over'] = ({ clock }) => memory<unknown>({ clock })

conformance({ name: 'readThrough', layer: () => readThrough<unknown>({ read: () => new Map() }), over })
conformance({ name: 'writeThrough', layer: () => writeThrough<unknown>({ write: () => undefined }), over })
conformance({
  name: 'writeBehind',
  layer: () => writeBehind<unknown>({ write: () => undefined, maxPending: 100_000 }),
  over,
})
