import { randomUUID } from 'node:crypto'
import { CacheError } from '@cachette/core'
import { type Backend, SOURCE } from './backend.js'
import { startOf } from './names.js'

/** Long enough for the slowest of stores. */
const LASTS_MS = 60_000

/** Whether bytes come back as they were: all of them, and some that are no text. */
export async function checkBytes(backend: Backend, root: string): Promise<void> {
  // Another process may be looking as well.
  const name = `${startOf(root)}!${randomUUID()}`
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => 255 - index)
  await backend.set(name, bytes.slice(), LASTS_MS)
  const found = await backend.get(name)
  if (found !== undefined) await backend.delete(name)
  if (found instanceof Uint8Array && found.length === bytes.length && bytes.every((byte, at) => found[at] === byte))
    return
  throw new CacheError(
    'INVALID_OPTION',
    "keyv: expected a store that gives bytes back as they were, got another; leave values at 'text'",
    { operation: 'open', source: SOURCE },
  )
}
