import type { StackSubject } from '@cachette/conformance'
import { conformance } from '@cachette/conformance/vitest'
import { type AnyLayer, andThen, type Found } from '@cachette/core'
import { type Tags, tags } from '@cachette/middleware/tags'

conformance({ name: 'tags', layer: () => tags() })

conformance({ name: 'tags, over a store that answers later', layer: () => tags(), over: 'remote' })

/** Tags each entry with its key, and tells nobody. */
function tagging(): AnyLayer {
  const untagged = <V>(found: Found<V> | undefined): Found<V> | undefined =>
    found && { ...found, tags: found.tags.filter(({ name }) => !name.startsWith(OWN)) }
  return {
    name: 'tagging',
    wrap: (next) => ({
      read: (keys, call) => andThen(next.read(keys, call), (found) => found.map(untagged)),
      write: (changes, call) =>
        next.write(
          changes.map((change) => {
            const { key, entry } = change
            return entry === undefined
              ? change
              : { ...change, entry: { ...entry, tags: [...entry.tags, { name: OWN + key }] } }
          }),
          call,
        ),
      async *scan(prefix, call) {
        for await (const page of next.scan(prefix, call)) {
          yield page.flatMap(([key, found]) => {
            const shown = untagged(found)
            return shown === undefined ? [] : [[key, shown] as const]
          })
        }
      },
    }),
  }
}

const OWN = 'key:'

for (const over of ['ready', 'remote'] as const) {
  const subject: StackSubject = {
    name: `tags of their own for each key, over the ${over} store`,
    layers: () => {
      const layer = tags()
      return [tagging(), layer]
    },
    over,
    // Markers differ in each store, so what is left below does. And the first write of a tag makes its marker before it:
    // of a batch that fails at that nothing is written, and over a slow store it takes the time of both.
    changes: ['Y3', 'B3', 'F2'],
    hide: async ({ layers }, key) => {
      for (const layer of layers) if ('invalidate' in layer) await (layer as Tags).invalidate([OWN + key])
    },
  }
  conformance(subject, { runs: 30 })
}
