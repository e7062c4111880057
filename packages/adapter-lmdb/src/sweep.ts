import type { FrameFormat, Header } from '@cachette/core'
import type { Slice } from '@cachette/core/adapter'
import type { Environment, Table } from './environment.js'
import { translated } from './errors.js'
import { sized } from './reader.js'
import type { Plan } from './transactions.js'

/** How many entries a slice looks at: half a millisecond, and two more where all of them have to go. */
const SLICE_ENTRIES = 512

/** Where a sweep begins: before every key. */
const FIRST = '\0'

/** An entry that is kept no longer, as it was seen. */
interface Due {
  readonly key: string
  readonly header: Header
}

/** What a slice has looked at, and where the next one begins. */
interface Seen {
  readonly due: readonly Due[]
  readonly examined: number
  readonly next: string | undefined
}

/** Looks without a transaction, and takes one only where there is something to reclaim. */
export function slicer(
  { reader, transactions }: Environment,
  table: Table,
  format: FrameFormat,
): (from: string | undefined, now: number) => Promise<Slice<string>> {
  const headerOf = (key: string, bytes: Uint8Array): Header | undefined => format.read(bytes, key, 'header')

  function look(from: string | undefined, now: number): Seen {
    const range = { start: from ?? FIRST, exclusiveStart: from !== undefined, limit: SLICE_ENTRIES }
    return reader.look((options) => {
      const due: Due[] = []
      let examined = 0
      let last: string | undefined
      for (const { key, value } of table.getRange({ ...options, ...range })) {
        const header = headerOf(key, value)
        if (header !== undefined && header.keptUntil <= now) due.push({ key, header })
        examined += 1
        last = key
      }
      return { due, examined, next: examined < SLICE_ENTRIES ? undefined : last }
    })
  }

  /** Only what is still the same: it may have been written anew meanwhile. */
  function reclaim(due: readonly Due[], now: number): Plan<{ readonly reclaimed: number; readonly bytes: number }> {
    const gone = due.filter(({ key }) => {
      const bytes = table.getBinaryFast(key, {})
      const header = bytes && headerOf(key, sized(bytes))
      return header !== undefined && header.keptUntil <= now
    })
    return {
      answer: { reclaimed: gone.length, bytes: gone.reduce((sum, { header }) => sum + header.size, 0) },
      apply() {
        for (const { key } of gone) table.removeSync(key)
      },
    }
  }

  return async (from, now) => {
    try {
      const { due, examined, next } = look(from, now)
      const done = due.length === 0 ? NOTHING : await transactions.run('sweep', () => reclaim(due, now))
      return { examined, ...done, next }
    } catch (error) {
      throw translated(error, 'sweep', true)
    }
  }
}

const NOTHING = { reclaimed: 0, bytes: 0 } as const
