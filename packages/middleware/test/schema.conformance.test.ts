import { memory } from '@cachette/adapter-memory'
import { conformance } from '@cachette/conformance/vitest'
import { schema } from '@cachette/middleware/schema'
import { z } from 'zod'

const MISFIT = Symbol.for('a value that no caller has')

/** Fits all but what a test plants. */
const anything = z.unknown().refine((value) => value !== MISFIT)

conformance({
  name: 'schema',
  layer: () => schema({ schema: anything }),
  over: ({ clock }) => memory({ clock }),
})

conformance(
  {
    name: 'schema that hides',
    layer: () => schema({ schema: anything, on: 'read' }),
    over: ({ clock }) => memory({ clock }),
    async hide({ store }, key, call) {
      const [found] = await store.read([key], call)
      if (found === undefined) throw new Error('expected an entry to hide')
      const version = { ...found.version, count: found.version.count + 1 }
      await store.write([{ key, entry: { ...found, value: MISFIT, version }, version }], call)
    },
  },
  { laws: ['Y2'] },
)
