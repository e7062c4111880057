import { memory } from '@cachette/adapter-memory'
import { conformance } from '@cachette/conformance/vitest'
import { json } from '@cachette/core'
import { tiered } from '../src/index.js'
import { JSON_VALUES } from './support.js'

conformance({
  name: 'tiered: memory over memory',
  open: ({ clock }) => tiered({ tiers: [{ store: memory({ clock }) }, { store: memory({ clock }) }], clock }),
})

conformance({
  name: 'tiered: memory over copies in JSON',
  values: JSON_VALUES,
  open: ({ clock }) =>
    tiered<unknown>({
      tiers: [
        { store: memory({ clock }), ttlMs: 50 },
        { store: memory({ copies: true, clock }), encode: [json()] },
      ],
      clock,
    }),
})

conformance({
  name: 'tiered: three tiers of bytes',
  open: ({ clock }) =>
    tiered({
      tiers: [
        { store: memory({ copies: true, clock }), ttlMs: 20, maxValueBytes: 64 },
        { store: memory({ copies: true, clock }), ttlMs: 100 },
        { store: memory({ copies: true, clock }) },
      ],
      clock,
    }),
})
