import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Damage, type Windows, withWindows } from './verify/file.js'
import { checkLog } from './verify/log.js'
import { type Manifest, readManifest } from './verify/manifest.js'
import { checkTable } from './verify/table.js'

/** A file of a database that is not what LevelDB wrote, and why. */
export interface Finding {
  readonly file: string
  readonly why: string
}

const MANIFEST = /^MANIFEST-\d+$/
const NUMBERED = /^(\d+)\.(ldb|sst|log)$/

/** What a folder holds, by the names in it. */
export type Holding = 'nothing' | 'database' | 'remains'

/**
 * `remains` are files of a database without its `CURRENT`: LevelDB would begin a new one over them. A manifest alone is
 * what a kill leaves while a database is being made.
 */
export async function holding(path: string): Promise<Holding> {
  const names = await readdir(path)
  if (names.includes('CURRENT')) return 'database'
  return names.some((name) => NUMBERED.test(name)) ? 'remains' : 'nothing'
}

/** The manifest that `CURRENT` names: looked at before every opening, since it takes no time. */
export async function findManifest(path: string): Promise<string | Finding> {
  const file = 'CURRENT'
  const name = (await readFile(join(path, file), 'latin1')).replace(/\n$/, '')
  if (!MANIFEST.test(name)) return { file, why: 'it does not name a manifest' }
  return (await readdir(path)).includes(name) ? name : { file: name, why: 'it is missing' }
}

/** The first file of the database that is damaged, where there is one. Reads all of them. */
export async function findDamage(path: string): Promise<Finding | undefined> {
  const name = await findManifest(path)
  if (typeof name !== 'string') return name
  const read = await examined(path, name, readManifest)
  if ('why' in read) return read
  return (await logFinding(path, read.result)) ?? (await tableFinding(path, read.result))
}

async function logFinding(path: string, { firstLog, previousLog }: Manifest): Promise<Finding | undefined> {
  const logs = (await readdir(path)).filter((file) => file.endsWith('.log'))
  const numbers = logs.map((file) => Number.parseInt(file, 10))
  // A database that is not wholly made yet has none.
  if (firstLog > 0 && !numbers.includes(firstLog)) return { file: `${named(firstLog)}.log`, why: 'it is missing' }
  for (const [index, file] of logs.entries()) {
    const number = numbers[index] ?? 0
    if (number < firstLog && number !== previousLog) continue
    const log = await examined(path, file, checkLog)
    if ('why' in log) return log
  }
  return undefined
}

async function tableFinding(path: string, { tables }: Manifest): Promise<Finding | undefined> {
  const names = new Set(await readdir(path))
  for (const [number, size] of tables) {
    const file = [`${named(number)}.ldb`, `${named(number)}.sst`].find((name) => names.has(name))
    if (file === undefined) return { file: `${named(number)}.ldb`, why: 'it is missing' }
    const table = await examined(path, file, async (windows) => {
      if (windows.size !== size) throw new Damage(`expected ${size} bytes, got ${windows.size}`)
      await checkTable(windows)
    })
    if ('why' in table) return table
  }
  return undefined
}

function named(number: number): string {
  return String(number).padStart(6, '0')
}

/** Every table in the folder that is damaged, whether the manifest knows it or not. */
export async function damagedTables(path: string): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const file of await readdir(path)) {
    if (!/^\d+\.(ldb|sst)$/.test(file)) continue
    const table = await examined(path, file, checkTable)
    if ('why' in table) findings.push(table)
  }
  return findings
}

/** What was found in a file, or that it is damaged. That it cannot be read is neither, and is thrown. */
async function examined<T>(
  path: string,
  file: string,
  examine: (windows: Windows) => Promise<T>,
): Promise<{ readonly result: T } | Finding> {
  try {
    return { result: await withWindows(join(path, file), examine) }
  } catch (error) {
    if (error instanceof Damage) return { file, why: error.message }
    throw error
  }
}
