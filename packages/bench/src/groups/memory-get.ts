import { timed } from '../harness/measure.js'
import { byReference } from '../subjects/ours.js'
import { bentocacheRaw, cacheManager, keyvRaw, lru, lruWithTtl, map } from '../subjects/peers.js'

export const memoryGet = timed({
  name: 'memory/get',
  title: 'awaited get of a key that is there, values by reference',
  verb: 'get',
  pace: 'awaited',
  time: 'processor',
  subjects: [byReference, map, lru, lruWithTtl, keyvRaw, cacheManager, bentocacheRaw],
  baseline: cacheManager.name,
  targets: [
    { subject: byReference.name, against: [keyvRaw.name, cacheManager.name, bentocacheRaw.name], atLeast: 1.5 },
  ],
})
