import { type Bytes, type Change, decide, type Found, type FrameFormat } from '@cachette/core'
import type { Table } from './environment.js'
import { sized } from './reader.js'
import type { Plan } from './transactions.js'

/** A change with its entry as it was when the call was made. */
export interface Encoded {
  readonly change: Change
  readonly bytes: Bytes | undefined
}

/** What a batch comes to, judged change by change over what is stored and what came before in it. */
export function planOf(
  table: Table,
  format: FrameFormat,
  batch: readonly Encoded[],
  now: number,
): Plan<readonly boolean[]> {
  const applied: Encoded[] = []
  const earlier = batch.length > 1 ? new Map<string, Found | undefined>() : undefined
  const answer = batch.map((encoded) => {
    const { change } = encoded
    const { key, entry } = change
    const stored = earlier?.has(key) ? earlier.get(key) : storedFor(change, table, format)
    const verdict = decide(change, stored, now)
    if (verdict.apply) {
      applied.push(encoded)
      earlier?.set(key, entry)
    }
    return verdict.answer
  })
  return {
    answer,
    apply() {
      for (const { change, bytes } of applied) {
        if (bytes === undefined) table.removeSync(change.key)
        else table.putSync(change.key, bytes)
      }
    },
  }
}

/** The whole entry, since damage to a value shows in nothing less; nothing where no answer hangs on it. */
function storedFor({ key, entry, when }: Change, table: Table, format: FrameFormat): Found | undefined {
  if (entry !== undefined && when === undefined) return undefined
  const bytes = table.getBinaryFast(key, {})
  return bytes && format.read(sized(bytes), key)
}
