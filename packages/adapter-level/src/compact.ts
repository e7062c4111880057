import { MAX_STORE_KEY_BYTES } from '@cachette/core'
import { levelError } from './errors.js'
import type { Driver } from './open.js'

/** No key is behind it: it is the longest of all, of the last character of all. */
const LAST = '\u{10ffff}'.repeat(MAX_STORE_KEY_BYTES / 4)

/** Writes anew what tables hold, without what was removed or replaced, in LevelDB's own thread. */
export async function compact(driver: Driver): Promise<void> {
  try {
    if (canCompact(driver)) await driver.compactRange('', LAST)
  } catch (error) {
    throw levelError(error, { operation: 'compact', writing: true })
  }
}

/** `level` is typed as what it has in common with its kind for browsers, which needs no such thing. */
interface Compacting {
  compactRange(from: string, to: string): Promise<void>
}

function canCompact(driver: object): driver is Compacting {
  return 'compactRange' in driver
}
