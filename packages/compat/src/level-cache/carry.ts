import { type Bytes, type Change, type Clock, newCall, type Shell, shell } from '@cachette/core'
import { Before, tidy } from './before.js'
import type { Settings } from './options.js'
import type { Row } from './rows.js'
import { storeFor } from './stores.js'
import { bytesOf, putting } from './values.js'

/** How many entries are written at once. */
const BATCH = 1_000

/** What this process is carrying over, by its folder. */
const underWay = new Map<string, Promise<void>>()

/** Whoever comes meanwhile waits for the one who is at it. */
export function carryOver(settings: Settings): Promise<void> {
  const { path } = settings
  const known = underWay.get(path)
  if (known !== undefined) return known
  const carrying = carry(settings).finally(() => underWay.delete(path))
  underWay.set(path, carrying)
  return carrying
}

/**
 * Takes over a database of before, whole, before anything else is done. It stays as it is until all of it is on the
 * device in its new place; a process that ends before that leaves it to the next to go on.
 */
async function carry(settings: Settings): Promise<void> {
  await tidy(settings.path)
  const before = Before.in(settings.path)
  if (before === undefined) return
  const target = shell(await storeFor(settings, 'device'), { clock: settings.clock })
  const counts = { entries: 0, expired: 0, refused: 0 }
  try {
    let rows: Row[] = []
    for await (const row of before.rows()) {
      rows.push(row)
      if (rows.length < BATCH) continue
      await write(target, rows, settings.clock, counts)
      rows = []
    }
    await write(target, rows, settings.clock, counts)
  } finally {
    await target.close()
  }
  await before.putAside()
  await tidy(settings.path)
  settings.onCarriedOver?.({ from: before.name, ...counts })
}

async function write(
  target: Shell<Bytes>,
  rows: readonly Row[],
  clock: Clock,
  counts: { entries: number; expired: number; refused: number },
): Promise<void> {
  const now = clock.now()
  const changes: Change[] = []
  for (const [key, { v, x }] of rows) {
    const endsAt = typeof x === 'number' ? x : Infinity
    if (endsAt <= now) {
      counts.expired += 1
      continue
    }
    try {
      // What an earlier attempt has written is the same, or newer.
      const change: Change = { ...putting(key, bytesOf(v), endsAt, now, target.versions.next()), when: 'absent' }
      if (change.entry !== undefined) changes.push(change)
    } catch {
      counts.refused += 1 // JSON refuses it, which other encodings did not.
    }
  }
  counts.entries += changes.length
  if (changes.length > 0) await target.write(changes, newCall(now))
}
