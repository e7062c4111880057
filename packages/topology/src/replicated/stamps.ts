import { type Change, compareVersions, type Entry, type Found, type Marks, type Version } from '@cachette/core'

/** On every entry: when it was written here, by which replicas agree on what is newest. */
const STAMP = 'replicated'

/** On what stands for a removal, so that it is told from any other tombstone. */
const REMOVAL = 'replicated.removal'

const NO_BYTES = /* @__PURE__ */ new Uint8Array(0)

/** What a change leaves in every replica: the entry, or a tombstone, so that one that missed it brings nothing back. */
export function leftBy<V>(
  { entry }: Change<V>,
  stamp: Version,
  now: number,
  lifeMs: number,
  takesBytes: boolean,
): Entry<V> {
  const mark = [stamp.time, stamp.count, stamp.writer].join()
  if (entry !== undefined) return { ...entry, marks: { ...entry.marks, [STAMP]: mark } }
  const until = now + lifeMs
  return {
    createdAt: now,
    staleAt: until,
    expiresAt: until,
    keptUntil: until,
    version: stamp,
    kind: 'tombstone',
    tags: [],
    marks: { [STAMP]: mark, [REMOVAL]: true },
    size: 0,
    // Nobody sees it; a store of bytes is given bytes.
    value: (takesBytes ? NO_BYTES : undefined) as V,
  }
}

/** What was there before there were replicas is as old as its version says. */
export function stampOf({ marks, version }: Found<unknown>): Version {
  const mark = marks[STAMP]
  if (mark === undefined) return version
  const [time = 0, count = 0, writer = 0] = String(mark).split(',').map(Number)
  return { time, count, writer }
}

/** The newest of them. One that is damaged is older than any that is not. */
export function newestOf<V>(found: readonly (Found<V> | undefined)[]): Found<V> | undefined {
  return found.reduce<Found<V> | undefined>((best, other) => (isNewer(other, best) ? other : best), undefined)
}

export function isNewer(one: Found<unknown> | undefined, other: Found<unknown> | undefined): boolean {
  if (one === undefined || other === undefined) return one !== undefined
  if (one.kind === 'damaged' || other.kind === 'damaged') return one.kind !== 'damaged' && other.kind === 'damaged'
  return compareVersions(stampOf(one), stampOf(other)) > 0
}

/** As those outside see it: without the stamp, and nothing where a removal is remembered. */
export function seen<V>(found: Found<V> | undefined): Found<V> | undefined {
  if (found === undefined || found.marks[REMOVAL] === true) return undefined
  return found.marks[STAMP] === undefined ? found : { ...found, marks: without(found.marks) }
}

function without(marks: Marks): Marks {
  const { [STAMP]: _, ...others } = marks
  return others
}
