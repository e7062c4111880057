import { conformance } from '@cachette/conformance/vitest'
import { coalesce, hooks, patterns, tags, versioned } from '@cachette/middleware'

conformance({ name: 'patterns', layer: () => patterns() })

conformance({
  name: 'hooks',
  layer: () => hooks({ before: ({ targets }) => [...targets], after: () => undefined }),
})

conformance({
  name: 'hooks, patterns, tags, versioned and coalesce',
  layers: () => {
    const watch = hooks({ before: () => undefined })
    return [
      watch,
      patterns({ hooks: watch }),
      tags({ hooks: watch }),
      versioned({ version: 2, hooks: watch }),
      coalesce(),
    ]
  },
  over: 'remote',
})
