import { rmdir, unlink } from 'node:fs/promises'
import type { Found } from '@cachette/core'
import type { Slice } from '@cachette/core/adapter'
import type { Claims } from './claims.js'
import { MISSING, unless } from './errors.js'
import type { Frames } from './frames.js'
import type { Layout } from './layout.js'
import type { Permits } from './permits.js'
import { type Leaf, Walk } from './walk.js'

/** What a sweep works with. */
export interface Sweeping {
  readonly layout: Layout
  readonly frames: Frames
  readonly claims: Claims
  readonly permits: Permits
  /** Runs the work when no call of this thread is about the entry, as one of those that may run at once. */
  readonly inTurn: <T>(name: string, work: () => Promise<T>) => Promise<T>
}

/** Reclaims what is kept no longer, and what is damaged, in a few folders. Only headers are read. */
export async function sweepSlice(sweeping: Sweeping, from: Walk | undefined, now: number): Promise<Slice<Walk>> {
  const walk = from ?? new Walk(sweeping.layout)
  const leaves = await walk.next()
  if (leaves === undefined) return { examined: 0, reclaimed: 0, bytes: 0, next: undefined }
  const done = await Promise.all(leaves.map((leaf) => sweepLeaf(sweeping, leaf, now)))
  const reclaimed = done.flat()
  return {
    examined: leaves.reduce((sum, { names }) => sum + names.length, 0),
    reclaimed: reclaimed.length,
    bytes: reclaimed.reduce((sum, size) => sum + size, 0),
    next: walk,
  }
}

/** Gives the sizes of what it reclaimed. */
async function sweepLeaf(sweeping: Sweeping, { path, names }: Leaf, now: number): Promise<readonly number[]> {
  const done = await Promise.all(names.map((name) => reclaim(sweeping, name, now)))
  const sizes = done.filter((size) => size !== undefined)
  // Only where nothing is left in it; a writer that comes at this moment makes it anew.
  if (sizes.length === names.length) await unless([...MISSING, 'ENOTEMPTY', 'EEXIST'], rmdir(path))
  return sizes
}

async function reclaim(
  { layout, frames, claims, permits, inTurn }: Sweeping,
  name: string,
  now: number,
): Promise<number | undefined> {
  const path = layout.entry(name)
  const look = async (): Promise<Found | undefined> => (await frames.kept(path, name, 'header'))?.found
  if (!isOver(await permits.run(look), now)) return undefined
  return inTurn(name, () => {
    let size = 0
    return claims.cut(name, {
      // Whoever is about to write there knows better.
      yields: true,
      judge: async () => {
        const found = await look()
        size = found?.size ?? 0
        return isOver(found, now)
      },
      look: async (taken) => {
        await unlink(taken)
        return size
      },
    })
  })
}

function isOver(found: Found | undefined, now: number): boolean {
  return found !== undefined && (found.kind === 'damaged' || found.keptUntil <= now)
}
