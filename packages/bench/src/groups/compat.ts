import type { Group } from '../harness/group.js'
import { timed } from '../harness/measure.js'
import { levelCache, plainLevelCache } from '../subjects/compat.js'

/** How many calls are made at once where they are not made one after the other. */
const AT_ONCE = 64

/** The figure to reach: programs that move in get no slower. */
export const compat: readonly Group[] = (['get', 'set'] as const).flatMap((verb) =>
  (['awaited', AT_ONCE] as const).map((pace) =>
    timed({
      name: `compat/level-cache-${verb}${pace === 'awaited' ? '' : `-at-${pace}`}`,
      title: `${verb}, ${pace === 'awaited' ? 'one after the other' : `${pace} at once`}`,
      verb,
      pace,
      time: 'wall',
      subjects: [plainLevelCache, levelCache],
      baseline: plainLevelCache.name,
      targets: [{ subject: levelCache.name, against: [plainLevelCache.name], atLeast: 1 }],
    }),
  ),
)
