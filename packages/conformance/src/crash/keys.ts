/** Writers at once, each with keys of its own: what each key holds then follows from one order. */
export const LANES: readonly number[] = [0, 1, 2, 3]

const SINGLES = [0, 1, 2, 3, 4, 5]
const GROUPS = [0, 1]
const PARTS = ['a', 'b', 'c']

/** Keys of a lane that are written one by one, and cleared together. */
export function singlesOf(lane: number): readonly string[] {
  return SINGLES.map((index) => `${singlesPrefix(lane)}${index}`)
}

export function singlesPrefix(lane: number): string {
  return `single ${lane}/`
}

/** Keys of a lane that are only ever written together: where batches are atomic, all of a group hold the same write. */
export function groupsOf(lane: number): readonly (readonly string[])[] {
  return GROUPS.map((index) => PARTS.map((part) => `group ${lane}/${index}/${part}`))
}

export const ALL_GROUPS: readonly (readonly string[])[] = LANES.flatMap(groupsOf)

export const ALL_KEYS: readonly string[] = [...LANES.flatMap(singlesOf), ...ALL_GROUPS.flat()]
