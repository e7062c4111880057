import { perEntry } from '../harness/memory.js'
import { byReference, endless } from '../subjects/ours.js'
import { lru, lruWithTtl, map, ROOM } from '../subjects/peers.js'

export const memoryEntry = perEntry({
  name: 'memory/entry',
  title: `heap for each of ${ROOM} entries, beside the key and a value of 100 bytes by reference`,
  subjects: [byReference, endless, map, lru, lruWithTtl],
  baseline: lruWithTtl.name,
  entries: ROOM,
  valueBytes: 100,
})
