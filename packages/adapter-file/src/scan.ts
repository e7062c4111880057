import type { Bytes, Call, Found, Page } from '@cachette/core'
import type { Frames, Kept } from './frames.js'
import type { Layout } from './layout.js'
import type { Permits } from './permits.js'
import { Walk } from './walk.js'

/** How much of long values a page may hold, short of a single one that is longer. */
const PAGE_BYTES = 8 * 2 ** 20

/** What a scan works with. */
export interface Scanning {
  readonly layout: Layout
  readonly frames: Frames
  readonly permits: Permits
}

/** A page may be empty: then there was nothing in some folders, and the next has its whole time again. */
export async function* scanFiles(
  scanning: Scanning,
  prefix: string,
  want: Call['want'],
): AsyncGenerator<Page<Bytes>, void, undefined> {
  for await (const kept of keptFiles(scanning, prefix, want ?? 'value')) {
    const isLong = ({ found }: WithKey): boolean =>
      want !== 'header' && found.value === undefined && found.kind !== 'damaged'
    yield kept.filter((one) => !isLong(one)).map(({ key, found }) => [key, found] as const)
    for (const group of grouped(kept.filter(isLong))) yield await values(scanning, group)
  }
}

interface WithKey {
  readonly key: string
  readonly name: string
  readonly found: Found
}

/** What begins with the prefix, in a few folders at a time; long values are left out. */
export async function* keptFiles(
  { layout, frames, permits }: Scanning,
  prefix: string,
  want: 'value' | 'header',
): AsyncGenerator<readonly WithKey[], void, undefined> {
  const walk = new Walk(layout)
  for (;;) {
    const leaves = await walk.next()
    if (leaves === undefined) return
    const names = leaves.flatMap((leaf) => leaf.names)
    const all = await Promise.all(names.map((name) => permits.run(() => frames.kept(layout.entry(name), name, want))))
    if (all.includes(undefined)) await layout.check()
    yield all.flatMap((kept, index) => withKey(kept, names[index] ?? '', prefix))
  }
}

function withKey(kept: Kept | undefined, name: string, prefix: string): WithKey[] {
  if (kept?.key === undefined || !kept.key.startsWith(prefix)) return []
  return [{ key: kept.key, name, found: kept.found }]
}

function* grouped(kept: readonly WithKey[]): Generator<readonly WithKey[]> {
  let group: WithKey[] = []
  let bytes = 0
  for (const one of kept) {
    if (group.length > 0 && bytes + one.found.size > PAGE_BYTES) {
      yield group
      group = []
      bytes = 0
    }
    group.push(one)
    bytes += one.found.size
  }
  if (group.length > 0) yield group
}

async function values({ layout, frames, permits }: Scanning, group: readonly WithKey[]): Promise<Page<Bytes>> {
  const found = await Promise.all(
    group.map(({ key, name }) => permits.run(() => frames.read(layout.entry(name), key, 'value'))),
  )
  if (found.includes(undefined)) await layout.check()
  return group.flatMap(({ key }, index) => {
    const one = found[index]
    return one === undefined ? [] : [[key, one] as const]
  })
}
