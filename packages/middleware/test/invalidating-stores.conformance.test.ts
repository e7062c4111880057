import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lmdb } from '@cachette/adapter-lmdb'
import { memory } from '@cachette/adapter-memory'
import { conformance } from '@cachette/conformance/vitest'
import type { AnyLayer } from '@cachette/core'
import { coalesce, hooks, patterns, tags, versioned } from '@cachette/middleware'
import { afterAll } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'cachette-invalidating-'))
let opened = 0

afterAll(() => rm(folder, { recursive: true, force: true }), 60_000)

function layers(): AnyLayer[] {
  const watch = hooks({ before: () => undefined })
  return [
    watch,
    patterns({ hooks: watch }),
    tags({ hooks: watch }),
    versioned({ version: 1, hooks: watch }),
    coalesce(),
  ]
}

conformance(
  { name: 'what invalidates, over memory by reference', layers, over: ({ clock }) => memory({ clock }) },
  { runs: 20 },
)

conformance(
  { name: 'what invalidates, over memory with copies', layers, over: ({ clock }) => memory({ copies: true, clock }) },
  { runs: 20 },
)

conformance(
  {
    name: 'what invalidates, over LMDB',
    layers,
    over({ clock }) {
      opened += 1
      return lmdb({ path: join(folder, String(opened)), clock })
    },
  },
  { runs: 4 },
)
