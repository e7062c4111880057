import type { Awaitable, Call, Page, Traits } from '@cachette/core'
import { REFERENCE_TRAITS, ReferenceStore } from '../reference.js'
import { type Mutant, storeMutant } from './mutant.js'

const PAGE_LENGTH = 3

class PagesByNumber extends ReferenceStore {
  override readonly traits: Traits = { ...REFERENCE_TRAITS, scan: 'unordered' }

  override async *scan(prefix: string, call: Call): AsyncIterable<Page> {
    for (let at = 0, page: Page = []; at === 0 || page.length > 0; at += PAGE_LENGTH) {
      page = this.page(
        this.keysBelow(prefix)
          .sort()
          .slice(at, at + PAGE_LENGTH),
        call,
      )
      yield page
    }
  }
}

class RepeatsThePageEnds extends ReferenceStore {
  override async *scan(prefix: string, call: Call): AsyncIterable<Page> {
    const keys = this.keysBelow(prefix).sort((a, b) => this.order(a, b))
    for (let at = 0; at < keys.length; at += PAGE_LENGTH) yield this.page(keys.slice(at, at + PAGE_LENGTH + 1), call)
  }
}

class GivesOnePage extends ReferenceStore {
  override async *scan(prefix: string, call: Call): AsyncIterable<Page> {
    for await (const page of super.scan(prefix, call)) {
      yield page
      return
    }
  }
}

class ScansByPattern extends ReferenceStore {
  override scan(prefix: string, call: Call): AsyncIterable<Page> {
    const pattern = asPattern(prefix)
    const found = [...this.disk.entries.keys()].filter((key) => pattern.test(key)).sort((a, b) => this.order(a, b))
    return pagesOf(this.page(found, call))
  }
}

class ScansWithoutCase extends ReferenceStore {
  override scan(prefix: string, call: Call): AsyncIterable<Page> {
    const wanted = prefix.toLowerCase()
    const found = [...this.disk.entries.keys()].filter((key) => key.toLowerCase().startsWith(wanted))
    return pagesOf(
      this.page(
        found.sort((a, b) => this.order(a, b)),
        call,
      ),
    )
  }
}

class LeavesCursorsOpen extends ReferenceStore {
  override async *scan(prefix: string, call: Call): AsyncIterable<Page> {
    this.disk.openScans += 1
    yield* super.scan(prefix, call)
    this.disk.openScans -= 1
  }
}

class WaitsForItsScans extends ReferenceStore {
  #ended: Promise<void> = Promise.resolve()

  override async *scan(prefix: string, call: Call): AsyncIterable<Page> {
    let end: () => void = () => undefined
    this.#ended = new Promise((resolve) => {
      end = resolve
    })
    yield* super.scan(prefix, call)
    end()
  }

  override async close(): Promise<void> {
    await this.#ended
    await super.close()
  }
}

class SortsByUnits extends ReferenceStore {
  protected override order(a: string, b: string): number {
    if (a === b) return 0
    return a < b ? -1 : 1
  }
}

class SortsByLanguage extends ReferenceStore {
  protected override order(a: string, b: string): number {
    return a.localeCompare(b, 'en')
  }
}

class ClearsEverything extends ReferenceStore {
  override clear(_prefix: string, call: Call): Awaitable<void> {
    return super.clear('', call)
  }
}

class ClearsByPattern extends ReferenceStore {
  override clear(prefix: string, call: Call): Awaitable<void> {
    const pattern = asPattern(prefix)
    return this.reach(call, () => {
      for (const key of [...this.disk.entries.keys()]) if (pattern.test(key)) this.drop(key)
    })
  }
}

class ClearsNothingWithoutAPrefix extends ReferenceStore {
  override clear(prefix: string, call: Call): Awaitable<void> {
    return prefix === '' ? undefined : super.clear(prefix, call)
  }
}

class LeavesTheKeyItself extends ReferenceStore {
  override clear(prefix: string, call: Call): Awaitable<void> {
    return this.reach(call, () => {
      for (const key of this.keysBelow(prefix)) if (key !== prefix) this.drop(key)
    })
  }
}

/** The prefix as Redis' MATCH takes it: stars and question marks stand for others. */
function asPattern(prefix: string): RegExp {
  const literal = prefix.replaceAll(/[\\^$.|+()[\]{}]/g, '\\$&')
  return new RegExp(`^${literal.replaceAll('*', '.*').replaceAll('?', '.')}`, 's')
}

async function* pagesOf(page: Page): AsyncIterable<Page> {
  if (page.length > 0) yield page
}

export const SCAN_MUTANTS: readonly Mutant[] = [
  storeMutant(
    'pages-by-number',
    'S1',
    'Counts on from where it was, though keys before that have gone.',
    PagesByNumber,
  ),
  storeMutant(
    'repeats-the-page-ends',
    'S1',
    'Begins each page with the last key of the page before.',
    RepeatsThePageEnds,
  ),
  storeMutant('gives-one-page', 'S1', 'Stops after the first page.', GivesOnePage),
  storeMutant('scans-by-pattern', 'S2', 'Hands the prefix to the backend as a pattern.', ScansByPattern),
  storeMutant('scans-without-case', 'S2', 'Lists keys of another case.', ScansWithoutCase),
  storeMutant(
    'leaves-cursors-open',
    'S3',
    'Frees its cursor at the end, and never when it is left early.',
    LeavesCursorsOpen,
  ),
  storeMutant('waits-for-its-scans', 'S3', 'Cannot close after a scan that was left early.', WaitsForItsScans),
  storeMutant('sorts-by-units', 'S4', 'Sorts by UTF-16 units, so that emoji come before U+FFFF.', SortsByUnits),
  storeMutant('sorts-by-language', 'S4', 'Sorts as a dictionary would.', SortsByLanguage),
  storeMutant(
    'clears-everything',
    'S5',
    'Flushes the server, as the Memcached adapter of keyv does.',
    ClearsEverything,
  ),
  storeMutant(
    'clears-by-pattern',
    'S5',
    'Hands the prefix to the backend as a pattern, and clears siblings.',
    ClearsByPattern,
  ),
  storeMutant(
    'clears-nothing-without-a-prefix',
    'S5',
    'Clears nothing when all is asked for, as bentocache does.',
    ClearsNothingWithoutAPrefix,
  ),
  storeMutant('leaves-the-key-itself', 'S5', 'Leaves the key that is the prefix.', LeavesTheKeyItself),
]
