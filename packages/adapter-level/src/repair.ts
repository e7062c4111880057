import { execFile } from 'node:child_process'
import { mkdir, readdir, realpath, rename } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { CacheError, checkOptions, RULES } from '@cachette/core'
import { claims } from './claims.js'
import { levelError, locked, SOURCE } from './errors.js'
import { isHeld } from './lock.js'
import { damagedTables, holding } from './verify.js'

export interface RepairReport {
  readonly path: string
  /** Files that are no longer part of the database. They lie in its folder `lost`. */
  readonly setAside: readonly string[]
}

/** Where LevelDB's own repair puts what it could not use. */
const LOST = 'lost'

/** In a process of its own, which LevelDB may end: it meets damage with assertions. */
const PROGRAM = `
  const [driver, path] = process.argv.slice(1)
  require(driver).Level.repair(path).then(undefined, (error) => {
    console.error(error.message)
    process.exitCode = 1
  })
`

/**
 * Makes a damaged database one that can be opened, by LevelDB's own means; nothing is deleted. What was in damaged
 * files is gone, and where these held newer values or removals, older values show again. No process may have it open.
 */
export async function repair(path: string): Promise<RepairReport> {
  checkOptions('repair', { path }, { path: RULES.text }, ['path'])
  try {
    const real = await realpath(path)
    if (claims.has(real)) throw locked(real)
    // LevelDB would make a new one there, and even to ask whether it is locked would leave a file.
    if ((await holding(real)) === 'nothing') throw nothingThere(real)
    if (await isHeld(real)) throw locked(real)
    return await repairAt(real)
  } catch (error) {
    throw levelError(error, { operation: 'repair', writing: true, details: { path } })
  }
}

function nothingThere(path: string): CacheError {
  const options = { operation: 'repair', source: SOURCE, details: { path } }
  return new CacheError('BACKEND', 'expected a folder with a LevelDB database, got one without', options)
}

/** The same for whoever knows that nobody has it open. */
export async function repairAt(path: string): Promise<RepairReport> {
  const lost = join(path, LOST)
  await mkdir(lost, { recursive: true })
  const before = new Set(await readdir(lost))
  // LevelDB keeps tables with damaged blocks as they are, and ends the process when it reads one.
  for (const { file } of await damagedTables(path)) await rename(join(path, file), join(lost, file))
  await byTheDriver(path)
  return { path, setAside: (await readdir(lost)).filter((file) => !before.has(file)) }
}

function byTheDriver(path: string): Promise<void> {
  const driver = createRequire(import.meta.url).resolve('level')
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['-e', PROGRAM, driver, path], (error, _, told) => {
      if (error === null) return resolve()
      const why = typeof error.signal === 'string' ? `it ended with ${error.signal}` : told.trim()
      const doing = { operation: 'repair', writing: true, details: { path } }
      const known = levelError(new Error(why, { cause: error }), doing)
      if (known.code !== 'BACKEND') return reject(known)
      const options = { operation: 'repair', source: SOURCE, details: { path }, cause: error }
      reject(new CacheError('CORRUPT', `LevelDB could not repair the database: ${why}`, options))
    })
  })
}
