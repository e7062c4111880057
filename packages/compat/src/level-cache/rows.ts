import { CacheError, newCall } from '@cachette/core'
import type { Key, RootDatabaseOptionsWithPath } from 'lmdb'
import { installed } from './stores.js'

/** What such caches stored: a value, and the time from which it is over. */
interface Envelope {
  readonly v?: unknown
  readonly x?: unknown
}

export type Row = readonly [key: string, envelope: Envelope]

export async function* levelRows(path: string): AsyncGenerator<Row, void, undefined> {
  const { Level } = await installed('level', () => import('level'))
  await refuseDamage(path)
  const db = new Level(path, { createIfMissing: false })
  await db.open()
  try {
    for await (const [key, text] of db.iterator()) yield [key, checked(readJson(text), path)]
  } finally {
    await db.close()
  }
}

/** LevelDB ends the process over most damage that it meets; a store looks for it before it opens a database. */
async function refuseDamage(path: string): Promise<void> {
  const { level } = await installed('level', () => import('@cachette/adapter-level'))
  const store = level({ path, sweepMs: Infinity })
  try {
    await store.read(['level-cache'], newCall(0))
  } finally {
    await store.close()
  }
}

/**
 * How caches over LMDB encode their values, which the file does not tell. Reading by another of these fails; what was
 * not compressed is read all the same.
 */
const ENCODINGS: readonly Pick<RootDatabaseOptionsWithPath, 'encoding' | 'useVersions'>[] = [
  { encoding: 'json' },
  { encoding: 'msgpack' },
  { encoding: 'json', useVersions: true },
  { encoding: 'msgpack', useVersions: true },
]

export async function* lmdbRows(path: string): AsyncGenerator<Row, void, undefined> {
  const { open } = await installed('lmdb', () => import('lmdb'))
  for (const encoding of ENCODINGS) {
    const db = open<unknown, Key>({ path, readOnly: true, compression: true, ...encoding })
    try {
      if (!fits(db.getRange({ limit: 1 }))) continue
      for (const { key, value } of db.getRange()) {
        if (typeof key !== 'string') throw foreign(path)
        yield [key, checked(value, path)]
      }
      return
    } finally {
      await db.close()
    }
  }
  throw foreign(path)
}

function fits(rows: Iterable<{ readonly value: unknown }>): boolean {
  try {
    return [...rows].every(({ value }) => envelopeIn(value) !== undefined)
  } catch {
    return false // It is of another encoding.
  }
}

function checked(value: unknown, path: string): Envelope {
  const envelope = envelopeIn(value)
  if (envelope === undefined) throw foreign(path)
  return envelope
}

function envelopeIn(value: unknown): Envelope | undefined {
  // A program that stored nothing at all was given nothing.
  if (value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value)) return undefined
  return Object.keys(value).every((name) => name === 'v' || name === 'x') ? value : undefined
}

/** Nothing that is an envelope, where it is no JSON. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function foreign(path: string): CacheError {
  const why = `openCache: ${path} holds a database of something else, which is left as it is`
  return new CacheError('INVALID_OPTION', why, { operation: 'open', source: 'level-cache' })
}
