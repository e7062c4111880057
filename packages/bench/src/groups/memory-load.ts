import { timed } from '../harness/measure.js'
import { byCopies, byReference } from '../subjects/ours.js'
import { bentocache, bentocacheRaw, cacheable, cacheManager } from '../subjects/peers.js'

export const memoryLoad = timed({
  name: 'memory/load',
  title: 'awaited getOrSet of a key that is there',
  verb: 'getOrSet',
  pace: 'awaited',
  time: 'processor',
  subjects: [byReference, byCopies, cacheManager, cacheable, bentocache, bentocacheRaw],
  baseline: cacheManager.name,
})
