import type { Group } from '../harness/group.js'
import { timed } from '../harness/measure.js'
import { oursOnMemcached, rawMemjs } from '../subjects/memcached.js'

/** How many calls are made at once where they are not made one after the other. */
const AT_ONCE = 64

/** The figure to reach, with objects of about 200 bytes through the same codec. */
const AT_LEAST = 0.8

export const memcachedGroups: readonly Group[] = (['get', 'set'] as const).flatMap((verb) =>
  (['awaited', AT_ONCE] as const).map((pace) =>
    timed({
      name: `memcached/${verb}${pace === 'awaited' ? '' : `-at-${pace}`}`,
      title: `${verb}, ${pace === 'awaited' ? 'one after the other' : `${pace} at once`}`,
      verb,
      pace,
      time: 'wall',
      subjects: [rawMemjs, oursOnMemcached],
      baseline: rawMemjs.name,
      targets: [{ subject: oursOnMemcached.name, against: [rawMemjs.name], atLeast: AT_LEAST }],
    }),
  ),
)
