import { cpSync } from 'node:fs'
import type { OpenContext, Subject } from '@cachette/conformance'
import { conformance } from '@cachette/conformance/vitest'
import { newCall, type Store } from '@cachette/core'
import { type LevelOptions, level } from '../src/index.js'
import { rawly } from './rawly.js'
import { freshPath } from './support.js'

const paths = new WeakMap<object, string>()

/** What is read before a store has been opened cannot answer at once, so the kit is given one that is open. */
async function opened(options: LevelOptions, { clock }: OpenContext): Promise<Store> {
  const store = level({ ...options, clock, sweepMs: 1_000 })
  paths.set(store, options.path)
  await store.read(['any'], newCall(clock.now()))
  return store
}

const pathOf = (store: object): string => paths.get(store) ?? freshPath()

// Each trial opens a database, which takes the disk several milliseconds: enough runs for properties, few for the other way.
for (const [options, runs] of [
  [{}, 25],
  [{ reads: 'async' }, 10],
] as const) {
  const subject: Subject = {
    name: `level ${JSON.stringify(options)}`,
    open: (context) => opened({ ...options, path: freshPath() }, context),
    reopen: (closed, context) => opened({ ...options, path: pathOf(closed) }, context),
    // What the files hold at a moment is what a kill at that moment leaves.
    crash: (store, context) => {
      const path = freshPath()
      cpSync(pathOf(store), path, { recursive: true })
      return opened({ ...options, path }, context)
    },
    damage: (store, key) => rawly(pathOf(store), (driver) => driver.put(key, Buffer.from('damaged'))),
  }
  conformance(subject, { runs })
}
