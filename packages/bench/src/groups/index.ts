/** Every group, in the order in which they are run and shown. A new one is a file here and its name in this list. */

import type { Group } from '../harness/group.js'
import { compat } from './compat.js'
import { coreImport } from './core-import.js'
import { coreSize } from './core-size.js'
import { embedded } from './embedded.js'
import { embeddedDisk } from './embedded-space.js'
import { evictionGroups } from './eviction.js'
import { layerCosts } from './layer-costs.js'
import { layersAwaited, layersSync } from './layers.js'
import { memcachedGroups } from './memcached.js'
import { memoryCopies } from './memory-copies.js'
import { memoryEntry } from './memory-entry.js'
import { memoryGet } from './memory-get.js'
import { memoryLoad } from './memory-load.js'
import { memorySet } from './memory-set.js'
import { memorySync } from './memory-sync.js'
import { redisGroups } from './redis.js'

export const groups: readonly Group[] = [
  memoryGet,
  memorySync,
  memoryCopies,
  memorySet,
  memoryLoad,
  memoryEntry,
  layersAwaited,
  layersSync,
  ...layerCosts,
  ...evictionGroups,
  ...embedded,
  embeddedDisk,
  ...redisGroups,
  ...memcachedGroups,
  ...compat,
  coreImport,
  coreSize,
]
