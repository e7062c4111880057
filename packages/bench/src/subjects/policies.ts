/** Eviction policies by themselves: a roster, and values by its slots, as a cache of the least kind would have them. */

import { type MakePolicy, NONE, Roster } from '@cachette/eviction'
import type { Face, OpenSubject, Value } from '../harness/face.js'
import { POLICIES } from '../hit-rate/policies.js'
import { ROOM } from './peers.js'

export const policies: readonly OpenSubject[] = Object.entries(POLICIES).map(([name, make]) => ({
  name,
  options: `new Roster({ policy: ${name}(), maxEntries: ${ROOM} }), values in an array by slot`,
  open: () => bounded(make),
}))

function bounded(make: MakePolicy): Face {
  const roster = new Roster({ policy: make(), maxEntries: ROOM })
  const values = new Array<Value | undefined>(ROOM + 1)
  return {
    get(key) {
      const slot = roster.slotOf(key)
      if (slot === NONE) return undefined
      roster.touch(slot, 0)
      return values[slot]
    },
    set(key, value) {
      const slot = roster.slotOf(key)
      if (slot === NONE) {
        values[roster.add(key, 1, Infinity, 0)] = value
      } else {
        roster.update(slot, 1, Infinity, 0)
        values[slot] = value
      }
    },
  }
}
