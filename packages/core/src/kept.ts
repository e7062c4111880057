import type { Found, Header, Marks } from './contract.js'

/** On a lease with a kept value inside: what the value's own header had in place of the lease's. */
const KEPT_MARK = 'lease.kept'

/** The marks of a lease around this value. In one text, since a number that is a mark is finite. */
export function keptMarks({ marks, expiresAt, keptUntil, version }: Header): Marks {
  const { time, count, writer } = version
  return { ...marks, [KEPT_MARK]: [expiresAt, keptUntil, time, count, writer].join() }
}

export function holdsKept({ kind, marks }: Header): boolean {
  return kind === 'lease' && marks[KEPT_MARK] !== undefined
}

/** The kept value inside a lease, exactly as it was before; anything else as it is. */
export function keptIn<S>(found: Found<S>): Found<S> {
  if (!holdsKept(found)) return found
  const { [KEPT_MARK]: kept, ...marks } = found.marks
  const [expiresAt = 0, keptUntil = 0, time = 0, count = 0, writer = 0] = String(kept).split(',').map(Number)
  return { ...found, kind: 'value', expiresAt, keptUntil, marks, version: { time, count, writer } }
}
