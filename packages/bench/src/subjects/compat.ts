/** A small cache over plain `level`, as people write them, and its face on Cachette. */

import type { OpenSubject } from '../harness/face.js'
import { scratch } from '../scratch.js'

const HOUR_MS = 3_600_000

const NAMESPACE = 'bench'

interface Envelope {
  readonly v: unknown
  readonly x: number
}

export const plainLevelCache: OpenSubject = {
  name: 'on plain level',
  package: 'level',
  options: "new Level(path, { valueEncoding: 'json' }), values in { v, x }, a lifetime of an hour; get, put and del",
  async open() {
    const { Level } = await import('level')
    const { path, remove } = scratch('plain-level-cache')
    const db = new Level<string, Envelope>(path, { valueEncoding: 'json' })
    await db.open()
    const whole = (key: string): string => `${NAMESPACE}\u241f${key}`
    return {
      async get(key) {
        const envelope = await db.get(whole(key))
        if (envelope === undefined) return undefined
        if (envelope.x > Date.now()) return envelope.v
        await db.del(whole(key))
        return undefined
      },
      async set(key, value) {
        await db.put(whole(key), { v: value, x: Date.now() + HOUR_MS })
      },
      async close() {
        await db.close()
        remove()
      },
    }
  },
}

export const levelCache: OpenSubject = {
  name: 'cachette, level-cache',
  options: `openCache({ path, namespace: '${NAMESPACE}', defaultTtlMs: ${HOUR_MS} }) of @cachette/compat/level-cache`,
  async open() {
    const { openCache } = await import('@cachette/compat/level-cache')
    const { path, remove } = scratch('level-cache')
    const { get, set, close } = await openCache({ path, namespace: NAMESPACE, defaultTtlMs: HOUR_MS })
    return {
      get,
      set: (key, value) => set(key, value),
      async close() {
        await close()
        remove()
      },
    }
  },
}
