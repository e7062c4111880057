import { linkSync, mkdirSync, readFileSync, realpathSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CacheError } from '@cachette/core'

const LOCK = 'lock'

/** The folders whose journals this process has open. */
const held = new Set<string>()

/** Two processes would take each other's lines for their own. Gives the way to let others in again. */
export function lock(path: string): () => void {
  mkdirSync(path, { recursive: true })
  const real = realpathSync(path)
  if (held.has(real)) throw locked(`this process has the journal in ${path} open already`)
  const name = join(real, LOCK)
  if (!taken(name)) throw locked(`another process has the journal in ${path}`)
  held.add(real)
  return () => {
    unlinkSync(name)
    held.delete(real)
  }
}

/**
 * A lock of a process that is gone counts for nothing. Only whoever has the lock of the lock may take it away, and looks
 * again first: another may have been quicker.
 */
function taken(name: string): boolean {
  if (made(name)) return true
  const owner = ownerOf(name)
  if (owner !== undefined && owner !== process.pid && isAlive(owner)) return false
  const over = `${name}.over`
  if (!taken(over)) return false
  try {
    if (ownerOf(name) === owner && owner !== undefined) unlinkSync(name)
    return made(name)
  } finally {
    unlinkSync(over)
  }
}

/** Whole or not at all: nobody finds it before it says whose it is. */
function made(name: string): boolean {
  const part = `${name}.${process.pid}`
  writeFileSync(part, String(process.pid))
  try {
    linkSync(part, name)
    return true
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false
    throw error
  } finally {
    unlinkSync(part)
  }
}

/** Undefined where it is gone. */
function ownerOf(name: string): number | undefined {
  try {
    return Number(readFileSync(name, 'utf8'))
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

function isAlive(pid: number): boolean {
  // No process is number 0; there it would mean this one and its group.
  if (!(pid > 0)) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return isErrno(error, 'EPERM')
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function locked(text: string): CacheError {
  return new CacheError('LOCKED', text, { operation: 'open', source: 'writeBehind' })
}
