import type { Bytes, FrameFormat } from '@cachette/core'
import type { Slice } from '@cachette/core/adapter'
import type { Database } from './databases.js'
import { levelError } from './errors.js'
import type { Driver } from './open.js'
import { pageOf } from './pages.js'

/** Looks through the page behind a key, and removes what is kept no longer; gives the key to go on from. */
export async function slice(
  database: Database,
  format: FrameFormat,
  behind: string | undefined,
  now: number,
): Promise<Slice<string>> {
  const isOver = (bytes: Bytes, key: string): boolean => {
    const found = format.read(bytes, key, 'header')
    return found !== undefined && found.keptUntil <= now
  }
  try {
    const rows = await pageOf(await database.opened(), { gte: '' }, behind)
    const over = rows.filter(([key, bytes]) => isOver(bytes, key)).map(([key]) => key)
    let reclaimed = 0
    let bytes = 0
    const remove = async (driver: Driver): Promise<void> => {
      const values = await driver.getMany(over, { fillCache: false })
      // What has been replaced since it was looked at stays.
      const gone = over.filter((key, index) => {
        const value = values[index]
        if (value === undefined || !isOver(value, key)) return false
        bytes += value.length
        return true
      })
      await driver.batch(gone.map((key) => ({ type: 'del', key })))
      reclaimed = gone.length
    }
    if (over.length > 0) await database.writes.alone('sweep', remove)
    return { examined: rows.length, reclaimed, bytes, next: rows.at(-1)?.[0] }
  } catch (error) {
    throw levelError(error, { operation: 'sweep', writing: true })
  }
}
