import {
  type Awaitable,
  andThen,
  type Clock,
  compareVersions,
  type Found,
  type Invalidation,
  newCall,
} from '@cachette/core'
import type { Near } from './near.js'

/** How long it may take to find what is outdated. */
const SEARCH_MS = 1_000

/** Drops the copies that are older than the change. What is newer has been read since, and stays. */
export function outdated<V>(near: Near<V>, change: Invalidation, clock: Clock): Awaitable<void> {
  const now = clock.now()
  const call = newCall(now, { deadline: now + SEARCH_MS, want: 'header', show: 'all' })
  const isOlder = (found: Found<V>): boolean =>
    change.version === undefined || compareVersions(found.version, change.version) < 0
  if (change.scope === 'key') {
    return andThen(near.tier.readOne(change.name, call), (found) =>
      found !== undefined && isOlder(found) ? near.drop([change.name]) : undefined,
    )
  }
  if (change.scope === 'prefix') return near.clear(change.name)
  return tagged(near, change.name, () => near.tier.scan('', call))
}

/** Copies tell their tags in their headers; a tier that cannot list them is emptied. */
async function tagged<V>(
  near: Near<V>,
  tag: string,
  scan: () => AsyncIterable<readonly (readonly [string, Found<V>])[]>,
): Promise<void> {
  if (near.tier.traits.scan === 'none') return near.clear('')
  for await (const page of scan()) {
    await near.drop(page.flatMap(([key, found]) => (found.tags.some(({ name }) => name === tag) ? [key] : [])))
  }
}
