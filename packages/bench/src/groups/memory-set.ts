import { timed } from '../harness/measure.js'
import { byCopies, byReference } from '../subjects/ours.js'
import { bentocache, cacheable, cacheManager, keyv, keyvRaw, lruWithTtl, map, unstorage } from '../subjects/peers.js'

export const memorySet = timed({
  name: 'memory/set',
  title: 'awaited set of a key that is there',
  verb: 'set',
  pace: 'awaited',
  time: 'processor',
  subjects: [byReference, byCopies, map, lruWithTtl, keyvRaw, keyv, cacheable, cacheManager, bentocache, unstorage],
  baseline: cacheManager.name,
})
