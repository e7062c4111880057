import type { Bytes, FrameFormat } from '@cachette/core'
import type { Slice } from '@cachette/core/adapter'
import type { Database } from './databases.js'
import { levelError } from './errors.js'
import type { Driver } from './open.js'
import { pageOf, type Row } from './pages.js'

/** How far a sweep has come, and what it has seen since it last asked for room to be given back. */
export interface Cursor {
  readonly behind: string
  readonly from: string
  readonly seenBytes: number
  readonly reclaimedBytes: number
}

/**
 * LevelDB gives room back in its own time, by writing what lies beside it anew. It is asked to for each stretch of keys
 * that was mostly reclaimed; a stretch is short enough for that to take a fraction of a second.
 */
const STRETCH_BYTES = 16 * 1024 * 1024
const WORTH_BYTES = 1024 * 1024

/** Looks through one page, and removes what is kept no longer. */
export async function slice(
  database: Database,
  format: FrameFormat,
  cursor: Cursor | undefined,
  now: number,
): Promise<Slice<Cursor>> {
  const isOver = (bytes: Bytes, key: string): boolean => {
    const found = format.read(bytes, key, 'header')
    return found !== undefined && found.keptUntil <= now
  }
  try {
    const driver = await database.opened()
    const rows = await pageOf(driver, { gte: '' }, cursor?.behind)
    const over = rows.filter(([key, bytes]) => isOver(bytes, key)).map(([key]) => key)
    let reclaimed = 0
    let bytes = 0
    const remove = async (current: Driver): Promise<void> => {
      const values = await current.getMany(over, { fillCache: false })
      // What has been replaced since it was looked at stays.
      const gone = over.filter((key, index) => {
        const value = values[index]
        if (value === undefined || !isOver(value, key)) return false
        bytes += value.length
        return true
      })
      await current.batch(gone.map((key) => ({ type: 'del', key })))
      reclaimed = gone.length
    }
    if (over.length > 0) await database.writes.alone('sweep', remove)
    const next = advanced(cursor, rows, bytes)
    return { examined: rows.length, reclaimed, bytes, next: await compacted(database, next, rows.length === 0) }
  } catch (error) {
    throw levelError(error, { operation: 'sweep', writing: true })
  }
}

function advanced(cursor: Cursor | undefined, rows: readonly Row[], bytes: number): Cursor {
  const [first] = rows[0] ?? ['']
  const { behind, from, seenBytes, reclaimedBytes } = cursor ?? {
    behind: '',
    from: first,
    seenBytes: 0,
    reclaimedBytes: 0,
  }
  return {
    behind: rows.at(-1)?.[0] ?? behind,
    from,
    seenBytes: rows.reduce((sum, [, value]) => sum + value.length, seenBytes),
    reclaimedBytes: reclaimedBytes + bytes,
  }
}

/** Ends the stretch where it is long enough, and the sweep where there is nothing more. */
async function compacted(database: Database, cursor: Cursor, isLast: boolean): Promise<Cursor | undefined> {
  const { behind, from, seenBytes, reclaimedBytes } = cursor
  if (!isLast && seenBytes < STRETCH_BYTES) return cursor
  if (reclaimedBytes >= WORTH_BYTES && reclaimedBytes * 2 >= seenBytes) {
    const driver = await database.opened()
    if (canCompact(driver)) await driver.compactRange(from, behind)
  }
  return isLast ? undefined : { behind, from: behind, seenBytes: 0, reclaimedBytes: 0 }
}

/** `level` is typed as what it has in common with its kind for browsers, which needs no such thing. */
interface Compacting {
  compactRange(from: string, to: string): Promise<void>
}

function canCompact(driver: object): driver is Compacting {
  return 'compactRange' in driver
}
