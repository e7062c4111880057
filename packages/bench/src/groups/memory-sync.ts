import { timed } from '../harness/measure.js'
import { ready } from '../subjects/ours.js'
import { lru, lruWithTtl, map } from '../subjects/peers.js'

export const memorySync = timed({
  name: 'memory/sync',
  title: 'synchronous get of a key that is there, values by reference',
  verb: 'get',
  pace: 'sync',
  time: 'processor',
  subjects: [ready, lruWithTtl, lru, map],
  baseline: lruWithTtl.name,
  targets: [{ subject: ready.name, against: [lruWithTtl.name], atLeast: 0.6 }],
})
