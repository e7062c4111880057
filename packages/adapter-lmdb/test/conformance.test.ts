import { copyFileSync, mkdirSync, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Subject } from '@cachette/conformance'
import { conformance } from '@cachette/conformance/vitest'
import type { Clock, Store } from '@cachette/core'
import { afterAll } from 'vitest'
import { lmdb } from '../src/index.js'
import { lease } from '../src/open.js'
import { DEFAULTS, type Durability } from '../src/options.js'

const root = mkdtempSync(join(tmpdir(), 'cachette-lmdb-'))
// Thousands of folders.
afterAll(() => rm(root, { recursive: true, force: true }), 120_000)

let folders = 0

function subject(durability: Durability): Subject {
  const paths = new WeakMap<object, string>()
  const open = (path: string, clock: Clock): Store => {
    const store = lmdb({ path, clock, durability })
    paths.set(store, path)
    return store
  }
  const pathOf = (store: object): string => paths.get(store) ?? ''
  const newPath = (): string => {
    folders += 1
    return join(root, String(folders))
  }
  const inside = (store: object) => lease({ ...DEFAULTS, path: pathOf(store), durability }, DEFAULTS.name)

  return {
    name: `lmdb, durability ${durability}`,
    open: ({ clock }) => open(newPath(), clock),
    reopen: (closed, { clock }) => open(pathOf(closed), clock),
    join: (store, { clock }) => open(pathOf(store), clock),

    /** What a kill leaves is what the system holds of the files. */
    async crash(store, { clock }) {
      const path = newPath()
      const { environment, release } = inside(store)
      await environment.transactions.drained()
      mkdirSync(path)
      copyFileSync(join(pathOf(store), 'data.mdb'), join(path, 'data.mdb'))
      await release()
      await store.close()
      return open(path, clock)
    },

    async damage(store, key) {
      const { environment, table, release } = inside(store)
      const bytes = Buffer.from(table.getBinary(key) ?? [])
      bytes.fill(0xff, 8, 24)
      await environment.transactions.run('damage', () => ({
        answer: undefined,
        apply: () => table.putSync(key, bytes),
      }))
      await release()
    },

    /** Readers that hold a snapshot; the others are shown without a number. */
    async openScans(store) {
      const { table, release } = inside(store)
      const readers = table.readerList().trim().split('\n').slice(1)
      await release()
      return readers.filter((reader) => /\d$/.test(reader.trim())).length
    },
  }
}

conformance(subject('none'))

// With a device that is waited for, opening a new store takes its time.
conformance(subject('flush'), { runs: 10 })

conformance(subject('sync'), { runs: 5 })
