import { visible } from './conditions.js'
import type { Call, Found } from './contract.js'
import { holdsKept } from './kept.js'

/** Shows of what a store found just what the call may see. */
export type Reveal = <F extends Found<unknown>>(
  found: readonly (F | undefined)[],
  keys: readonly string[],
  call: Call,
) => readonly (F | undefined)[]

/** `onDamage` hears of every damaged entry that is come across. */
export function reveal(onDamage: (key: string, found: Found<unknown>, call: Call) => void): Reveal {
  return (found, keys, call) => {
    let shown: (typeof found)[number][] | undefined
    for (let index = 0; index < found.length; index += 1) {
      const entry = found[index]
      if (entry === undefined) continue
      if (entry.kind === 'damaged') onDamage(keys[index] ?? '', entry, call)
      if (isShown(entry, call)) continue
      // Nothing to hide is the common case, and copies nothing.
      shown ??= [...found]
      shown[index] = undefined
    }
    return shown ?? found
  }
}

function isShown(entry: Found<unknown>, call: Call): boolean {
  switch (call.show) {
    case 'all':
      return entry.kind === 'damaged' || call.now < entry.keptUntil
    case 'kept':
      return (entry.kind === 'value' || holdsKept(entry)) && call.now < entry.keptUntil
    case 'live':
    case undefined:
      return visible(entry, call.now)
  }
}
