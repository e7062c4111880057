import type { Call, Entry, Found, Page, Traits } from '@cachette/core'
import { REFERENCE_TRAITS, ReferenceStore } from '../reference.js'
import { layerMutant, type Mutant, storeMutant } from './mutant.js'

/** What goes wrong when entries come and go between the pages of a scan, or only in scans of many. */

const PAGE_LENGTH = 5

const UNORDERED: Traits = { ...REFERENCE_TRAITS, scan: 'unordered' }

class CountsOn extends ReferenceStore {
  override readonly traits: Traits = UNORDERED

  override async *scan(prefix: string, call: Call): AsyncIterable<Page> {
    for (let at = 0; at < this.keysBelow(prefix).length; at += PAGE_LENGTH) {
      yield this.page(this.keysBelow(prefix).slice(at, at + PAGE_LENGTH), call)
    }
  }
}

class LosesItsCursor extends ReferenceStore {
  override readonly traits: Traits = UNORDERED

  override async *scan(prefix: string, call: Call): AsyncIterable<Page> {
    let last: string | undefined
    for (;;) {
      const keys = this.keysBelow(prefix)
      const at = last === undefined ? 0 : keys.indexOf(last) + 1
      if (last !== undefined && at === 0) return
      const page = keys.slice(at, at + PAGE_LENGTH)
      last = page.at(-1)
      if (last === undefined) return
      yield this.page(page, call)
    }
  }
}

class FollowsTheMap extends ReferenceStore {
  override readonly traits: Traits = UNORDERED

  override async *scan(prefix: string, call: Call): AsyncIterable<Page> {
    for (const key of this.disk.entries.keys()) if (key.startsWith(prefix)) yield this.page([key], call)
  }
}

class ListsWhatHasGone extends ReferenceStore {
  protected override page(keys: readonly string[], call: Call): Page {
    return keys.map((key) => [key, this.find(key, call) as Found] as const)
  }
}

class GivesItsNeighbour extends ReferenceStore {
  protected override page(keys: readonly string[], call: Call): Page {
    const page = super.page(keys, call)
    return page.map(([key, found], index) => [key, index % 7 === 6 ? (page[index - 1]?.[1] ?? found) : found])
  }
}

class ListsBareHeaders extends ReferenceStore {
  protected override page(keys: readonly string[], call: Call): Page {
    const page = super.page(keys, call)
    return call.want === 'header' ? page.map(([key, found]) => [key, { ...found, tags: [] }]) : page
  }
}

class ReclaimsAfterTheScan extends ReferenceStore {
  override async *scan(prefix: string, call: Call): AsyncIterable<Page> {
    const dead = [...this.disk.entries].filter(([, { keptUntil }]: [string, Entry]) => keptUntil <= call.now)
    yield* super.scan(prefix, call)
    for (const [key] of dead) this.drop(key)
  }
}

export const MEANWHILE_MUTANTS: readonly Mutant[] = [
  storeMutant('counts-on', 'S1', 'Goes on at a number, where what it gave has been removed since.', CountsOn),
  storeMutant('loses-its-cursor', 'S1', 'Looks for the last key it gave, and ends when that has gone.', LosesItsCursor),
  storeMutant('follows-the-map', 'S1', 'Gives a key again that was removed and written anew.', FollowsTheMap),
  storeMutant('lists-what-has-gone', 'S1', 'Lists keys with nothing beside them.', ListsWhatHasGone),
  storeMutant(
    'gives-its-neighbour',
    'S1',
    'Gives the seventh key of a page the entry of the sixth.',
    GivesItsNeighbour,
  ),
  storeMutant('lists-bare-headers', 'S1', 'Leaves tags out where headers are listed.', ListsBareHeaders),
  layerMutant('drops-the-end-of-a-page', 'S1', 'Cuts pages that are longer than it thought.', (next) => ({
    async *scan(prefix, call) {
      for await (const page of next.scan(prefix, call)) yield page.length > 3 ? page.slice(0, -1) : page
    },
  })),
  storeMutant(
    'reclaims-after-the-scan',
    'T3',
    'Notes what has expired while it scans, and removes it by key at the end.',
    ReclaimsAfterTheScan,
  ),
]
