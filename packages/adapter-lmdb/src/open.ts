import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  opendirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { CacheError } from '@cachette/core'
import { Environment, type Table } from './environment.js'
import { SOURCE, translated } from './errors.js'
import type { Shared } from './options.js'
import { inspect } from './pages.js'

/** A store's hold on its environment. */
export interface Lease {
  readonly environment: Environment
  readonly table: Table
  /** To be called once; the last one closes the environment. */
  release(): Promise<void>
}

interface Opened {
  readonly environment: Environment
  users: number
}

const REGISTRY: unique symbol = Symbol.for('cachette.lmdb.environments.1')

/**
 * What this process has open, by folder. It is the process's and not the module's, for where both an ESM and a CommonJS
 * copy of it are loaded: two environments on one path in one thread would wait for each other for ever.
 */
function registry(): Map<string, Opened> {
  const scope: typeof globalThis & { [REGISTRY]?: Map<string, Opened> } = globalThis
  scope[REGISTRY] ??= new Map()
  return scope[REGISTRY]
}

/** Opens a store, and the environment where it is not open yet. Throws what is wrong with it, and changes nothing then. */
export function lease(settings: Shared, name: string): Lease {
  try {
    const id = folderOf(settings.path)
    const opened = registry().get(id) ?? begin(id, settings)
    const { environment } = opened
    if (environment.durability !== settings.durability) throw disagreed(settings, environment)
    opened.users += 1
    const release = (): Promise<void> => leave(id, opened)
    try {
      return { environment, table: environment.table(name), release }
    } catch (error) {
      // It has not been used, so whatever closing it says is of no interest.
      release().catch(() => undefined)
      throw error
    }
  } catch (error) {
    throw translated(error, 'open', true)
  }
}

async function leave(id: string, opened: Opened): Promise<void> {
  opened.users -= 1
  if (opened.users > 0) return
  await opened.environment.transactions.drained()
  // Somebody may have come meanwhile, or even have left again.
  if (opened.users > 0 || registry().get(id) !== opened) return
  registry().delete(id)
  await opened.environment.close()
}

/** The folder's identity, by whatever path: made if need be, and one that this user may write to. */
function folderOf(path: string): string {
  if (!existsSync(path)) mkdirSync(path, { recursive: true })
  opendirSync(path).closeSync()
  const { R_OK, W_OK, X_OK } = constants
  accessSync(path, R_OK | W_OK | X_OK)
  for (const file of [dataIn(path), lockIn(path)]) if (existsSync(file)) accessSync(file, R_OK | W_OK)
  const { dev, ino } = statSync(path, { bigint: true })
  return `${dev}:${ino}`
}

function begin(id: string, settings: Shared): Opened {
  prepare(settings)
  const opened = { environment: new Environment(realpathSync(settings.path), settings.durability), users: 0 }
  registry().set(id, opened)
  return opened
}

/** Sees to it that the driver finds a file that it can open, or none. */
function prepare(settings: Shared): void {
  const finding = inspect(dataIn(settings.path), lockIn(settings.path), settings.verify)
  switch (finding.state) {
    case 'sound':
      return
    case 'new':
      refuseOthers(settings.path)
      return
    case 'unfinished':
      remove(settings.path)
      return
    case 'foreign':
      throw refusal('BACKEND', `expected an environment of Cachette, but ${finding.what}`)
    case 'damaged':
      if (settings.recover === 'error') throw refusal('CORRUPT', `${dataIn(settings.path)} is damaged: ${finding.what}`)
      settings.onReset?.({ damage: finding.what, setAside: setAside(settings.path) })
  }
}

/** What other stores have in their folders: those of LevelDB, and of files. */
const OTHERS = /^(CURRENT|cachette-files-\d+)$/

/** Two stores in one folder work until somebody clears, copies or deletes one of them. */
function refuseOthers(path: string): void {
  const other = readdirSync(path).find((name) => OTHERS.test(name))
  if (other === undefined) return
  throw refusal('BACKEND', `expected a folder for LMDB alone, but ${path} is that of another store: it holds ${other}`)
}

function remove(path: string): void {
  rmSync(dataIn(path))
  rmSync(lockIn(path), { force: true })
}

/** Gives the new path of the data. Processes that have it open go on with it, under their own lock. */
function setAside(path: string): string {
  let number = 1
  while (existsSync(`${dataIn(path)}.damaged-${number}`)) number += 1
  const aside = `${dataIn(path)}.damaged-${number}`
  renameSync(dataIn(path), aside)
  rmSync(lockIn(path), { force: true })
  return aside
}

const dataIn = (path: string): string => join(path, 'data.mdb')

const lockIn = (path: string): string => join(path, 'lock.mdb')

function disagreed({ path, durability }: Shared, open: Environment): CacheError {
  const text = `lmdb: expected durability "${open.durability}", which ${path} is open with, got "${durability}"`
  return new CacheError('INVALID_OPTION', text, { operation: 'open', source: SOURCE })
}

function refusal(code: 'BACKEND' | 'CORRUPT', why: string): CacheError {
  return new CacheError(code, why, { operation: 'open', source: SOURCE })
}
