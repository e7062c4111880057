import { mkdir, readdir, realpath, stat } from 'node:fs/promises'
import { type Bytes, type CacheError, MAX_STORE_KEY_BYTES } from '@cachette/core'
import { Level } from 'level'
import { levelError, locked, refusal } from './errors.js'
import { knownDamage, remember } from './known-damage.js'
import { isHeld } from './lock.js'
import type { Shared } from './options.js'
import { repairAt } from './repair.js'
import { type Finding, findDamage, findManifest, holding } from './verify.js'

export type Driver = Level<string, Bytes>

/** The folder, made where it is missing, by the one name that all ways to it lead to. */
export async function prepare(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true })
    return await realpath(path)
  } catch (error) {
    if (await isNoFolder(path)) throw refusal('BACKEND', 'expected a folder, got a file', path, error)
    throw failedToOpen(error, path)
  }
}

/** Opens the database there, after what LevelDB itself would not notice or not survive has been looked for. */
export async function openAt(path: string, settings: Shared): Promise<Driver> {
  try {
    return await opened(path, settings)
  } catch (error) {
    const failure = failedToOpen(error, path)
    if (failure.code !== 'CORRUPT' || !settings.repair) throw failure
  }
  try {
    settings.onRepair?.(await repairAt(path))
    return await opened(path, settings)
  } catch (error) {
    throw failedToOpen(error, path)
  }
}

async function opened(path: string, settings: Shared): Promise<Driver> {
  const { cacheBytes, bufferBytes, compression } = settings
  const found = await holding(path)
  if (found === 'nothing') await refuseOthers(path)
  else await examine(path, found, settings.verify)
  const driver: Driver = new Level(path, {
    keyEncoding: 'utf8',
    valueEncoding: 'view',
    createIfMissing: found === 'nothing',
    cacheSize: cacheBytes,
    writeBufferSize: bufferBytes,
    compression,
  })
  await driver.open()
  // The driver encodes the keys of ready reads where the longest up to now had room, and cuts off one that is longer
  // where its last character goes over the end: so the longest of all goes first.
  driver.getSync('k'.repeat(MAX_STORE_KEY_BYTES))
  return driver
}

/** What other stores have in their folders: those of LMDB, and of files. */
const OTHERS = /^(data\.mdb|cachette-files-\d+)$/

/** Two stores in one folder work until somebody clears, copies or deletes one of them. */
async function refuseOthers(path: string): Promise<void> {
  const other = (await readdir(path)).find((name) => OTHERS.test(name))
  if (other === undefined) return
  throw refusal('BACKEND', `expected a folder for LevelDB alone, got that of another store: it holds ${other}`, path)
}

async function examine(path: string, found: 'database' | 'remains', verify: Shared['verify']): Promise<void> {
  const known = await knownDamage(path)
  if (known !== undefined) throw corrupt(path, known)
  // First of all: files that another process is writing look damaged.
  if (await isHeld(path)) throw locked(path)
  const finding = found === 'remains' ? NO_CURRENT : await firstFinding(path, verify)
  if (finding === undefined) return
  await remember(path, finding)
  throw corrupt(path, finding)
}

const NO_CURRENT: Finding = { file: 'CURRENT', why: 'it is missing' }

async function firstFinding(path: string, verify: Shared['verify']): Promise<Finding | undefined> {
  if (verify === 'open') return findDamage(path)
  const manifest = await findManifest(path)
  return typeof manifest === 'string' ? undefined : manifest
}

function corrupt(path: string, { file, why }: Finding): CacheError {
  return refusal('CORRUPT', `${file}: ${why}; repair() or the option repair restores what can be restored`, path)
}

function failedToOpen(error: unknown, path: string): CacheError {
  return levelError(error, { operation: 'open', writing: true, details: { path } })
}

async function isNoFolder(path: string): Promise<boolean> {
  try {
    return !(await stat(path)).isDirectory()
  } catch {
    return false // Nobody can say: the failure that led here is told as it is.
  }
}
