import { isDeepStrictEqual } from 'node:util'
import { compareVersions, type Entry, type Found, type Header } from '@cachette/core'
import type { Convert } from './convert.js'
import { batches, type Headed, isLasting, type Keyed, type Source } from './source.js'
import type { Target } from './target.js'

/** How an entry differs from what it was copied from. */
export interface Difference {
  readonly key: string
  /** `older`: it was written anew where it came from. `header`: its times, kind, tags or marks. */
  readonly what: 'missing' | 'older' | 'header' | 'value'
}

/** What a comparison found, so far. */
export class Findings {
  readonly #first: Difference[] = []
  #differing = 0
  compared = 0

  /** How many differ. */
  get differing(): number {
    return this.#differing
  }

  /** The first of them. */
  get differences(): readonly Difference[] {
    return this.#first
  }

  add(differences: readonly Difference[]): void {
    this.#differing += differences.length
    this.#first.push(...differences.slice(0, MOST_SHOWN - this.#first.length))
  }
}

/** A report shows so many differences; all of them are counted. */
const MOST_SHOWN = 100

export interface Comparison {
  readonly source: Source
  readonly target: Target
  readonly convert: Convert
  readonly batchBytes: number
  /** Whether values are compared too. */
  readonly values: boolean
}

/** Compares the entries of a page with what stands in their place. What is newer there is as it should be. */
export async function comparePage(page: readonly Headed[], comparison: Comparison): Promise<readonly Difference[]> {
  const { source, target, batchBytes, values } = comparison
  const stored = await target.headers(page.map(([key]) => key))
  const now = source.store.clock.now()
  const differences: Difference[] = []
  const equal: Headed[] = []
  for (const [index, headed] of page.entries()) {
    const [key, header] = headed
    const there = stored[index]
    const what = differenceOf(header, there, now)
    if (what !== undefined) differences.push({ key, what })
    else if (values && there !== undefined && compareVersions(there.version, header.version) === 0) equal.push(headed)
  }
  for (const batch of batches(equal, batchBytes)) differences.push(...(await compareValues(batch, comparison)))
  return differences
}

async function compareValues(
  batch: readonly Headed[],
  { source, target, convert }: Comparison,
): Promise<readonly Difference[]> {
  const keys = batch.map(([key]) => key)
  const [given, stored] = [await source.found(keys), await target.found(keys)]
  const now = source.store.clock.now()
  return batch.flatMap(([key, header], index): readonly Difference[] => {
    const [left, right] = [given[index], stored[index]]
    // Whatever was written, or expired, since the headers were compared is compared by nobody.
    if (left === undefined || compareVersions(left.version, header.version) !== 0) return []
    const what = differenceOf(header, right, now)
    if (what === 'missing') return [{ key, what }]
    if (right === undefined || compareVersions(right.version, header.version) !== 0) return []
    return differing(key, convert(left, key), right)
  })
}

/** Compares entries with what is stored under their keys by now. */
export async function compareEntries(
  entries: readonly Keyed[],
  target: Target,
  values: boolean,
): Promise<readonly Difference[]> {
  const keys = entries.map(([key]) => key)
  const stored: readonly (Found<unknown> | undefined)[] = values ? await target.found(keys) : await target.headers(keys)
  const now = target.store.clock.now()
  return entries.flatMap(([key, entry], index): readonly Difference[] => {
    const there = stored[index]
    const what = differenceOf(entry, there, now)
    if (what !== undefined) return [{ key, what }]
    if (!values || there === undefined || compareVersions(there.version, entry.version) > 0) return []
    return differing(key, entry, there)
  })
}

function differing(key: string, expected: Entry<unknown>, there: Found<unknown>): readonly Difference[] {
  if (!isDeepStrictEqual({ ...expected.marks }, { ...there.marks })) return [{ key, what: 'header' }]
  return sameValue(expected.value, there.value) ? [] : [{ key, what: 'value' }]
}

/**
 * What differs between a header and the one in its place, marks left aside: a conversion changes those. What has run
 * out by now, after both were read, may be gone.
 */
function differenceOf(header: Header, there: Header | undefined, now: number): Difference['what'] | undefined {
  if (there === undefined || there.kind === 'damaged' || there.kind === 'lease') {
    return isLasting(header, now) ? 'missing' : undefined
  }
  const age = compareVersions(there.version, header.version)
  if (age < 0) return 'older'
  return age > 0 || sameHeader(header, there) ? undefined : 'header'
}

function sameHeader(a: Header, b: Header): boolean {
  return (
    a.createdAt === b.createdAt &&
    a.staleAt === b.staleAt &&
    a.expiresAt === b.expiresAt &&
    a.keptUntil === b.keptUntil &&
    a.kind === b.kind &&
    a.tags.length === b.tags.length &&
    a.tags.every(({ name, marker }, index) => b.tags[index]?.name === name && b.tags[index].marker === marker)
  )
}

function sameValue(a: unknown, b: unknown): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0
  return isDeepStrictEqual(a, b)
}
