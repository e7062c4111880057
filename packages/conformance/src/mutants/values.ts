import type { Call, Change, Entry, Found } from '@cachette/core'
import { ReferenceStore } from '../reference.js'
import { layerMutant, type Mutant, shellMutant, storeMutant } from './mutant.js'

const SECOND_MS = 1_000
const SMALL_LIMIT = 64
const SLAB_BYTES = 16 * 1024

class StoresText extends ReferenceStore {
  protected override take(entry: Entry): Entry {
    return { ...super.take(entry), value: new TextEncoder().encode(new TextDecoder().decode(entry.value)) }
  }
}

class ForgetsMarks extends ReferenceStore {
  protected override take(entry: Entry): Entry {
    return { ...super.take(entry), marks: {} }
  }
}

class ForgetsMarkers extends ReferenceStore {
  protected override take(entry: Entry): Entry {
    return { ...super.take(entry), tags: entry.tags.map(({ name }) => ({ name })) }
  }
}

class KeepsSeconds extends ReferenceStore {
  protected override take(entry: Entry): Entry {
    return { ...super.take(entry), createdAt: Math.floor(entry.createdAt / SECOND_MS) * SECOND_MS }
  }
}

class MissesEmptyBytes extends ReferenceStore {
  protected override find(key: string, call: Call): Found | undefined {
    const found = super.find(key, call)
    return found?.value?.length === 0 ? undefined : found
  }
}

class RemovesForEmptyBytes extends ReferenceStore {
  protected override change(change: Change, call: Call): boolean {
    const removes = change.entry?.value.length === 0
    return super.change(removes ? { ...change, entry: undefined } : change, call)
  }
}

class HandsOutItsOwn extends ReferenceStore {
  protected override give(entry: Entry): Entry {
    return entry
  }
}

class KeepsWhatItWasGiven extends ReferenceStore {
  protected override take(entry: Entry): Entry {
    return entry
  }
}

class DropsTheOldest extends ReferenceStore {
  protected override keep(place: string, entry: Entry): void {
    super.keep(place, entry)
    const [oldest] = this.disk.entries.keys()
    if (this.disk.entries.size > SMALL_LIMIT && oldest !== undefined) this.drop(oldest)
  }
}

class DropsTheLarge extends ReferenceStore {
  protected override keep(place: string, entry: Entry): void {
    if (entry.value.length <= SLAB_BYTES) super.keep(place, entry)
    else this.drop(place)
  }
}

class CountsWrites extends ReferenceStore {
  #writes = 0

  protected override keep(place: string, entry: Entry): void {
    super.keep(place, entry)
    this.#writes += 1
    const [oldest] = this.disk.entries.keys()
    if (this.#writes > SMALL_LIMIT && oldest !== undefined && oldest !== place) this.drop(oldest)
  }
}

export const VALUE_MUTANTS: readonly Mutant[] = [
  storeMutant('stores-text', 'V1', 'Takes bytes for UTF-8, so that other bytes come back as U+FFFD.', StoresText),
  storeMutant('forgets-marks', 'V1', 'Keeps the headers that it knows, and no marks.', ForgetsMarks),
  storeMutant('forgets-markers', 'V1', 'Keeps the names of tags without their markers.', ForgetsMarkers),
  storeMutant('keeps-seconds', 'V1', 'Rounds times to seconds, the unit of the backend.', KeepsSeconds),
  storeMutant(
    'misses-empty-bytes',
    'V2',
    'Tests for truth where it means presence, as cacheable does over Redis.',
    MissesEmptyBytes,
  ),
  storeMutant(
    'removes-for-empty-bytes',
    'V2',
    'Removes the key when nothing is stored, as lru-cache does.',
    RemovesForEmptyBytes,
  ),
  storeMutant(
    'hands-out-its-own',
    'V3',
    'Gives readers its own copy to change, as cache-manager does.',
    HandsOutItsOwn,
  ),
  storeMutant(
    'keeps-what-it-was-given',
    'V3',
    'Keeps the bytes of the caller, who may go on to change them.',
    KeepsWhatItWasGiven,
  ),
  shellMutant('lets-large-values-through', 'V4', 'Declares a limit that nobody enforces.', ({ traits }) => ({
    traits: { ...traits, maxValueBytes: SLAB_BYTES },
  })),
  layerMutant(
    'removes-before-it-writes',
    'V4',
    'Makes room first: a value that is refused has removed the old one.',
    (next) => ({
      write: async (changes: readonly Change[], call) => {
        const rooms = changes.filter(({ entry, when }) => entry !== undefined && when === undefined)
        await next.write(
          rooms.map(({ key, version }) => ({ key, version, entry: undefined })),
          call,
        )
        return next.write(changes, call)
      },
    }),
  ),
  storeMutant('drops-the-oldest', 'P1', 'Evicts though it says that it does not.', DropsTheOldest),
  storeMutant('counts-writes', 'P1', 'Counts what was written, and not what it holds.', CountsWrites),
  storeMutant('drops-the-large', 'V1', 'Says that it stored what the backend refused as too large.', DropsTheLarge),
]
