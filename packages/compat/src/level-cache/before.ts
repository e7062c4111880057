import { existsSync } from 'node:fs'
import { open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CacheError, toCacheError } from '@cachette/core'
import { levelRows, lmdbRows, type Row } from './rows.js'

/** A database as such caches wrote it, and what of its files says that it is there. */
interface Kind {
  readonly name: 'level' | 'lmdb'
  readonly sign: string
  /** All files that are its own. */
  readonly files: RegExp
  rows(path: string): AsyncGenerator<Row, void, undefined>
}

const KINDS: readonly Kind[] = [
  {
    name: 'level',
    sign: 'CURRENT',
    files: /^(LOCK|LOG|LOG\.old|MANIFEST-\d+|\d+\.(ldb|sst|log|dbtmp))$/,
    rows: levelRows,
  },
  { name: 'lmdb', sign: 'data.mdb', files: /^lock\.mdb$/, rows: lmdbRows },
]

/** The new name of the sign, once all has been carried over: from then on there is no database any more. */
const carried = (sign: string): string => `${sign}.carried-over`

/** The database that lies in the folder itself. */
export class Before {
  readonly #path: string
  readonly #kind: Kind

  private constructor(path: string, kind: Kind) {
    this.#path = path
    this.#kind = kind
  }

  static in(path: string): Before | undefined {
    const kind = KINDS.find(({ sign }) => existsSync(join(path, sign)))
    return kind && new Before(path, kind)
  }

  get name(): Kind['name'] {
    return this.#kind.name
  }

  async *rows(): AsyncGenerator<Row, void, undefined> {
    try {
      yield* this.#kind.rows(this.#path)
    } catch (error) {
      throw translated(error, this.#path)
    }
  }

  /** In one step it is no database any more. */
  async putAside(): Promise<void> {
    const { sign } = this.#kind
    await rename(join(this.#path, sign), join(this.#path, carried(sign)))
    await synced(this.#path)
  }
}

/** Deletes the files of what has been carried over, also those that a process which ended meanwhile has left. */
export async function tidy(path: string): Promise<void> {
  for (const { sign, files } of KINDS) {
    const last = join(path, carried(sign))
    if (!existsSync(last) || existsSync(join(path, sign))) continue
    const names = (await readdir(path)).filter((name) => files.test(name))
    await Promise.all(names.map((name) => rm(join(path, name), { force: true })))
    await rm(last, { force: true })
  }
}

/** Before anything is deleted, the new name has to outlast a power cut; where a system syncs no folders, it may not. */
async function synced(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined)
  try {
    await folder?.sync()
  } catch {
    // It is on its way all the same.
  } finally {
    await folder?.close()
  }
}

function translated(error: unknown, path: string): CacheError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : undefined
  if (cause !== undefined && 'code' in cause && cause.code === 'LEVEL_LOCKED') {
    return new CacheError('LOCKED', `level-cache: another process has the database in ${path} open`, { cause: error })
  }
  return toCacheError(error, { operation: 'open', source: 'level-cache' })
}
