import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Level } from 'level'
import { isLocked } from './errors.js'

/**
 * Whether another process has the database open, told without touching it. The one way to ask for LevelDB's lock is to
 * open a database, so an empty folder whose `LOCK` is the other's is asked to open one that it has not.
 */
export async function isHeld(path: string): Promise<boolean> {
  const decoy = await mkdtemp(join(tmpdir(), 'cachette-lock-'))
  try {
    await symlink(join(path, 'LOCK'), join(decoy, 'LOCK'))
    await new Level(decoy, { createIfMissing: false }).open()
    return false
  } catch (error) {
    return isLocked(error)
  } finally {
    await rm(decoy, { recursive: true, force: true })
  }
}
