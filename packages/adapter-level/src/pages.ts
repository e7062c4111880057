import type { Bytes } from '@cachette/core'
import type { Driver } from './open.js'
import type { Range } from './range.js'

export type Row = readonly [key: string, bytes: Bytes]

/** Up to so many rows or bytes, which the event loop takes over at once. */
const PAGE = 256
const PAGE_BYTES = 256 * 1024

/** The next rows behind a key. Each page is a look of its own: nothing is held while nobody asks for more. */
export async function pageOf(driver: Driver, range: Range, behind: string | undefined): Promise<readonly Row[]> {
  const { gte, lt } = range
  const from = behind === undefined ? { gte } : { gt: behind }
  const iterator = driver.iterator({ ...from, ...(lt === undefined ? {} : { lt }), highWaterMarkBytes: PAGE_BYTES })
  try {
    return await iterator.nextv(PAGE)
  } finally {
    await iterator.close()
  }
}
