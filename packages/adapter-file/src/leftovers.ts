import { lstat, readdir, rename, rmdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { isFolder, ownerOf } from './claim-names.js'
import { failedWith, MISSING, unless } from './errors.js'
import type { Layout } from './layout.js'
import { fateOf, OWNER } from './owner.js'

/** What another machine left behind is given up after a day: nobody here can ask whether its writer still lives. */
const FOREIGN_MS = 24 * 60 * 60 * 1000

/** How many files of a folder are deleted at once. */
const AT_ONCE = 32

let thrown = 0

/** Puts something aside, to be deleted by whoever comes first. */
export async function throwAway(path: string, layout: Layout): Promise<void> {
  thrown += 1
  await unless(MISSING, rename(path, join(layout.trash, `${OWNER}.${thrown}`)))
}

/** Clears away what processes that have died left: unfinished files, and what they had taken out. */
export async function sweepClaims(layout: Layout): Promise<void> {
  for (const claim of await readdir(layout.claims)) {
    const owner = ownerOf(claim)
    const path = join(layout.claims, claim)
    if (owner === undefined || !(await isGone(owner, path))) continue
    if (!isFolder(claim)) await unless(MISSING, unlink(path))
    else {
      await throwAway(join(path, 'taken'), layout)
      await unless([...MISSING, 'ENOTEMPTY'], rmdir(path))
    }
  }
}

/** Deletes what was put aside, in steps; stops between two of them when told so. */
export async function emptyTrash(layout: Layout, stopped: () => boolean): Promise<void> {
  for (const name of await readdir(layout.trash)) await remove(join(layout.trash, name), stopped)
}

async function remove(path: string, stopped: () => boolean): Promise<void> {
  if (stopped()) return
  if (await removesFile(path)) return
  const inside = (await unless(MISSING, readdir(path, { withFileTypes: true }))) ?? []
  const files = inside.filter((entry) => !entry.isDirectory())
  for (let from = 0; from < files.length && !stopped(); from += AT_ONCE) {
    const some = files.slice(from, from + AT_ONCE)
    await Promise.all(some.map(({ name }) => unless(MISSING, unlink(join(path, name)))))
  }
  for (const entry of inside) if (entry.isDirectory()) await remove(join(path, entry.name), stopped)
  // A writer whose rename had begun may have put one more in; then it goes with the next sweep.
  await unless([...MISSING, 'ENOTEMPTY'], rmdir(path))
}

async function removesFile(path: string): Promise<boolean> {
  try {
    await unlink(path)
    return true
  } catch (error) {
    if (failedWith(error, ...MISSING)) return true
    // What a system says of a folder differs.
    if (failedWith(error, 'EISDIR', 'EPERM')) return false
    throw error
  }
}

/** By the clock that the file system goes by, which is not the cache's. */
async function isGone(owner: string, path: string): Promise<boolean> {
  const fate = fateOf(owner)
  if (fate !== 'elsewhere') return fate === 'gone'
  const facts = await unless(MISSING, lstat(path))
  return facts !== undefined && Date.now() - facts.mtimeMs > FOREIGN_MS
}
