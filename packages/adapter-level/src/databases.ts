import { readdir, stat, statfs } from 'node:fs/promises'
import { join as joined } from 'node:path'
import { type Awaitable, CacheError } from '@cachette/core'
import { claims } from './claims.js'
import { levelError, locked, SOURCE } from './errors.js'
import { type Driver, openAt, prepare } from './open.js'
import type { Settings, Shared } from './options.js'
import { type Target, Writes } from './writes.js'

/** The databases that are open in this process, by their real paths. */
const databases = new Map<string, Database>()

/** The database that this process has open at the real path. */
export function openHere(path: string): Database | undefined {
  return databases.get(path)
}

/** The database at the path, shared with whoever has it open in this process. Whoever joins leaves. */
export async function join(settings: Settings): Promise<Database> {
  const path = await prepare(settings.path)
  for (let known = databases.get(path); known !== undefined; known = databases.get(path)) {
    if (known.closing === undefined) return known.join(settings)
    await known.closing
  }
  if (claims.has(path)) throw locked(path)
  const made = new Database(path, settings)
  databases.set(path, made)
  return made.join(settings)
}

/** What opening takes beside the size of the logs, of which it makes tables. */
const ROOM_BYTES = 256 * 1024

/** A database that is open for one store or more. */
export class Database implements Target {
  readonly path: string
  readonly writes: Writes
  /** There while it can be asked at once. */
  driver: Driver | undefined
  closing: Promise<void> | undefined
  readonly #settings: Shared
  #users = 0
  #opening: Promise<Driver> | undefined
  #isInDoubt = false

  constructor(path: string, settings: Shared) {
    this.path = path
    this.#settings = settings
    this.writes = new Writes(this)
    claims.add(path)
  }

  async join(settings: Shared): Promise<Database> {
    for (const name of ['cacheBytes', 'bufferBytes', 'compression'] as const) {
      if (settings[name] !== this.#settings[name]) throw otherwise(name, this.path)
    }
    this.#users += 1
    try {
      await this.opened()
      return this
    } catch (error) {
      await this.leave()
      throw error
    }
  }

  async leave(): Promise<void> {
    this.#users -= 1
    if (this.#users > 0) return
    this.closing = this.#close()
    await this.closing
  }

  opened(): Awaitable<Driver> {
    return this.driver ?? this.#opening ?? this.#open(undefined)
  }

  /** Opened anew where the last write failed, as soon as there is room for that. */
  writable(): Awaitable<Driver> {
    return this.#isInDoubt ? this.#renewed() : this.opened()
  }

  /**
   * The log may end within the record that failed, and what is written behind that would be lost. LevelDB takes no
   * more where it knows; it is not asked to before it has been opened anew.
   */
  doubt(): void {
    this.#isInDoubt = true
  }

  async #renewed(): Promise<Driver> {
    // While there is no room, what is open can still be read.
    if (this.driver !== undefined && !(await hasRoom(this.path))) throw full(this.path)
    const { driver } = this
    this.driver = undefined
    return this.#opening ?? this.#open(driver)
  }

  /** Only one at a time: LevelDB takes a second for another process, and fails in a way that lets that in. */
  #open(before: Driver | undefined): Promise<Driver> {
    const opening = async (): Promise<Driver> => {
      try {
        await before?.close()
        this.driver = await openAt(this.path, this.#settings)
        this.#isInDoubt = false
        return this.driver
      } finally {
        this.#opening = undefined
      }
    }
    this.#opening = opening()
    return this.#opening
  }

  async #close(): Promise<void> {
    try {
      // A failure has been told to whoever was waiting for it.
      await this.#opening?.catch(() => undefined)
      await this.driver?.close()
    } catch (error) {
      throw levelError(error, { operation: 'close', writing: true })
    } finally {
      this.driver = undefined
      claims.delete(this.path)
      databases.delete(this.path)
    }
  }
}

async function hasRoom(path: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(path)
  let bytes = ROOM_BYTES
  for (const name of await readdir(path)) {
    if (name.endsWith('.log')) bytes += (await stat(joined(path, name))).size
  }
  return bavail * bsize >= bytes
}

function full(path: string): CacheError {
  return new CacheError('FULL', 'the device has no room left since a write failed', {
    operation: 'write',
    source: SOURCE,
    details: { path },
  })
}

function otherwise(name: string, path: string): CacheError {
  return new CacheError(
    'INVALID_OPTION',
    `level: expected ${name} to be as it is for the store that has the path open`,
    {
      operation: 'open',
      source: SOURCE,
      details: { path },
    },
  )
}
