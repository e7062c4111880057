import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { files } from '@cachette/adapter-file'
import { level } from '@cachette/adapter-level'
import { lmdb } from '@cachette/adapter-lmdb'
import { createCache, type Store } from '@cachette/core'
import { flat, random } from '../harness/keys.js'
import { probed } from '../harness/probe.js'
import { scratch } from '../scratch.js'

const ENTRIES = 20_000
const VALUE_BYTES = 100

const STORES: readonly { readonly name: string; readonly options: string; open(path: string): Store }[] = [
  { name: 'cachette, lmdb', options: 'lmdb({ path })', open: (path) => lmdb({ path }) },
  { name: 'cachette, level', options: 'level({ path })', open: (path) => level({ path }) },
  {
    name: 'cachette, file',
    options: 'files({ path }); a block of the file system for each',
    open: (path) => files({ path }),
  },
]

/** What it takes on disk for each entry, its key and value and all else, after it was closed. */
async function diskBytes(open: (path: string) => Store): Promise<number> {
  const { path, remove } = scratch('space')
  try {
    const cache = createCache<string>({ store: open(path), ttlMs: 3_600_000 })
    const next = random(1)
    const writing = Array.from({ length: ENTRIES }, (_, id) =>
      cache.set(`user:${id}:profile`, flat(`${Math.floor(next() * 1e9)} `.padEnd(VALUE_BYTES, 'x'))),
    )
    await Promise.all(writing)
    await cache.close()
    return allocated(path) / ENTRIES
  } finally {
    remove()
  }
}

/** Blocks, not lengths: files may have holes, and small ones take a whole block. */
function allocated(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name)
    return sum + (entry.isDirectory() ? allocated(path) : statSync(path).blocks * 512)
  }, 0)
}

export const embeddedDisk = probed({
  name: 'disk/entry',
  title: `disk for each of ${ENTRIES} entries with values of ${VALUE_BYTES} bytes`,
  unit: { name: 'B/entry', better: 'less' },
  subjects: STORES.map(({ name, options, open }) => ({ name, options, probe: () => diskBytes(open) })),
  baseline: 'cachette, lmdb',
  targets: [],
  samples: 1,
})
