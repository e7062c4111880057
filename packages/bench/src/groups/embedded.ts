import type { Group } from '../harness/group.js'
import { timed } from '../harness/measure.js'
import { type Embedded, FILES, LEVEL, LMDB } from '../subjects/embedded.js'

const SIZES = [
  { name: '100B', bytes: 100 },
  { name: '10kB', bytes: 10_000 },
  { name: '1MB', bytes: 1_000_000 },
]

/** How many calls are made at once where they are not made one after the other. */
const AT_ONCE = 64

/** The figure to reach, with objects of about 200 bytes through the same codec: reads without promises. */
function reads({ name, sync }: Embedded): readonly Group[] {
  if (sync === undefined) return []
  const { raw, ours } = sync
  return [
    timed({
      name: `${name}/get`,
      title: 'get of a key that is there, without promises',
      verb: 'get',
      pace: 'sync',
      time: 'processor',
      subjects: [raw, ours],
      baseline: raw.name,
      targets: [{ subject: ours.name, against: [raw.name], atLeast: 0.7 }],
    }),
  ]
}

/** The figure to reach: writes that nobody awaits one by one. */
function writes({ name, raw, ours }: Embedded): Group {
  return timed({
    name: `${name}/set`,
    title: '256 sets at once',
    verb: 'set',
    pace: 256,
    time: 'wall',
    subjects: [raw, ours],
    baseline: raw.name,
    targets: name === 'file' ? [] : [{ subject: ours.name, against: [raw.name], atLeast: 0.9 }],
  })
}

/** Beside the driver, at the sizes that people store. */
function sized({ name, raw, ours }: Embedded): readonly Group[] {
  return SIZES.flatMap(({ name: size, bytes }) =>
    (['get', 'set'] as const).flatMap((verb) =>
      (['awaited', AT_ONCE] as const).map((pace) =>
        timed({
          name: `${name}/${verb}-${size}${pace === 'awaited' ? '' : `-at-${pace}`}`,
          title: `${verb} of ${size}, ${pace === 'awaited' ? 'one after the other' : `${pace} at once`}`,
          verb,
          pace,
          time: 'wall',
          subjects: [raw, ours],
          baseline: raw.name,
          valueBytes: bytes,
        }),
      ),
    ),
  )
}

export const embedded: readonly Group[] = [LMDB, LEVEL, FILES].flatMap((one) => [
  ...reads(one),
  writes(one),
  ...sized(one),
])
