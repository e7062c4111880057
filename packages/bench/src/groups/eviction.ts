import type { Group } from '../harness/group.js'
import { timed } from '../harness/measure.js'
import { perEntry } from '../harness/memory.js'
import { lru as lruCache, ROOM } from '../subjects/peers.js'
import { policies } from '../subjects/policies.js'

const subjects = [...policies, lruCache]

const get = timed({
  name: 'eviction/get',
  title: 'get of a key that is there: what a use costs each policy',
  verb: 'get',
  pace: 'sync',
  time: 'processor',
  subjects,
  baseline: lruCache.name,
})

const entry = perEntry({
  name: 'eviction/entry',
  title: `heap for each of ${ROOM} entries, beside key and value`,
  subjects,
  baseline: lruCache.name,
  targets: [
    { subject: 'lru', against: [lruCache.name], atMost: 1 },
    { subject: 'adaptive', against: [lruCache.name], atMost: 2 },
  ],
  entries: ROOM,
  valueBytes: 100,
})

export const evictionGroups: readonly Group[] = [get, entry]
