/** The stores of the file system, each beside its driver as one would use it without us: the same codec, the same disk. */

import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { files } from '@cachette/adapter-file'
import { level } from '@cachette/adapter-level'
import { lmdb } from '@cachette/adapter-lmdb'
import { type Cache, createCache, type Store } from '@cachette/core'
import type { Face, OpenSubject, Value } from '../harness/face.js'
import { scratch } from '../scratch.js'
import { decodes, encoded } from './same-codec.js'

const HOUR_MS = 3_600_000

/** A pair to be measured side by side. */
export interface Embedded {
  readonly name: 'lmdb' | 'level' | 'file'
  readonly raw: OpenSubject
  readonly ours: OpenSubject
  /** The same through the verbs without promises, where there are any. */
  readonly sync?: { readonly raw: OpenSubject; readonly ours: OpenSubject } | undefined
}

const opened =
  (name: string, open: (path: string) => Promise<Face> | Face): OpenSubject['open'] =>
  async () => {
    const { path, remove } = scratch(name)
    const face = await open(path)
    return {
      ...face,
      async close() {
        await face.close?.()
        remove()
      },
    }
  }

async function cached(store: Store, verbs: 'awaited' | 'sync'): Promise<Face> {
  const cache: Cache<Value> = createCache<Value>({ store, ttlMs: HOUR_MS })
  // Where opening takes its time, answers are ready only after it.
  await cache.has('anything')
  const { sync } = cache
  return {
    get: verbs === 'sync' ? (key) => sync.get(key) : (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
    close: () => cache.close(),
  }
}

const CACHE = `createCache({ store: %, ttlMs: ${HOUR_MS} }), values as JSON`

function ours(name: string, options: string, make: (path: string) => Store, verbs: 'awaited' | 'sync'): OpenSubject {
  return {
    name: verbs === 'sync' ? `${name}, sync` : name,
    options: `${CACHE.replace('%', options)}${verbs === 'sync' ? '; .sync' : ''}`,
    open: opened('ours', (path) => cached(make(path), verbs)),
  }
}

const rawLmdb: OpenSubject = {
  name: 'lmdb itself',
  package: 'lmdb',
  options: "open({ path, encoding: 'binary' }), the same JSON; get is at once, put is its own promise",
  open: opened('lmdb', async (path) => {
    const { open } = await import('lmdb')
    const db = open<Uint8Array, string>({ path, encoding: 'binary' })
    const { decode, note } = decodes()
    return {
      get: (key) => decode(db.get(key)),
      set: (key, value) => {
        note(value)
        return db.put(key, encoded(value))
      },
      close: () => db.close(),
    }
  }),
}

async function openLevel(path: string, get: 'get' | 'getSync'): Promise<Face> {
  const { Level } = await import('level')
  const db = new Level<string, Uint8Array>(path, { valueEncoding: 'buffer' })
  await db.open()
  const { decode, note } = decodes()
  return {
    get: get === 'getSync' ? (key) => decode(db.getSync(key)) : async (key) => decode(await db.get(key)),
    set: (key, value) => {
      note(value)
      return db.put(key, encoded(value))
    },
    close: () => db.close(),
  }
}

const rawLevel: OpenSubject = {
  name: 'level itself',
  package: 'level',
  options: "new Level(path, { valueEncoding: 'buffer' }), the same JSON; get and put",
  open: opened('level', (path) => openLevel(path, 'get')),
}

const rawLevelSync: OpenSubject = {
  ...rawLevel,
  name: 'level itself, sync',
  options: "new Level(path, { valueEncoding: 'buffer' }), the same JSON; getSync",
  open: opened('level', (path) => openLevel(path, 'getSync')),
}

const rawFile: OpenSubject = {
  name: 'node:fs itself',
  options: 'sha256 of the key as aa/bb/name; writeFile to another name and rename; readFile; the same JSON',
  open: opened('fs', (path) => {
    const { decode, note } = decodes()
    const folders = new Set<string>()
    let writes = 0
    const place = (key: string) => {
      const name = createHash('sha256').update(key).digest('hex')
      const folder = join(path, name.slice(0, 2), name.slice(2, 4))
      return { folder, file: join(folder, name) }
    }
    return {
      get: async (key) =>
        decode(await readFile(place(key).file).catch((error: NodeJS.ErrnoException) => absent(error))),
      async set(key, value) {
        note(value)
        const bytes = encoded(value)
        const { folder, file } = place(key)
        if (!folders.has(folder)) await mkdir(folder, { recursive: true })
        folders.add(folder)
        writes += 1
        const temporary = `${file}.${writes}`
        await writeFile(temporary, bytes)
        await rename(temporary, file)
      },
    }
  }),
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

export const LMDB: Embedded = {
  name: 'lmdb',
  raw: rawLmdb,
  ours: ours('cachette, lmdb', 'lmdb({ path })', (path) => lmdb({ path }), 'awaited'),
  sync: { raw: rawLmdb, ours: ours('cachette, lmdb', 'lmdb({ path })', (path) => lmdb({ path }), 'sync') },
}

export const LEVEL: Embedded = {
  name: 'level',
  raw: rawLevel,
  ours: ours(
    'cachette, level',
    "level({ path, reads: 'async' })",
    (path) => level({ path, reads: 'async' }),
    'awaited',
  ),
  sync: { raw: rawLevelSync, ours: ours('cachette, level', 'level({ path })', (path) => level({ path }), 'sync') },
}

export const FILES: Embedded = {
  name: 'file',
  raw: rawFile,
  ours: ours('cachette, file', 'files({ path })', (path) => files({ path }), 'awaited'),
}
