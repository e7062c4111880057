import {
  type Call,
  type Change,
  compareVersions,
  type Entry,
  type Found,
  type Mark,
  type Traits,
  type Verdict,
  values,
} from '@cachette/core'
import { REFERENCE_TRAITS, ReferenceStore } from '../reference.js'
import { type LayerMutant, layerMutant, type Mutant, storeMutant } from './mutant.js'

/** What becomes of headers, and of entries that are like those before them. */

class SkipsEqualValues extends ReferenceStore {
  protected override keep(place: string, entry: Entry): void {
    const old = this.disk.entries.get(place)
    const isSame = old !== undefined && Buffer.compare(old.value, entry.value) === 0
    if (!isSame || old.kind !== entry.kind) super.keep(place, entry)
  }
}

class RefusesTheOlder extends ReferenceStore {
  protected override judge(change: Change, stored: Entry | undefined, call: Call): Verdict {
    const isOlder = stored !== undefined && compareVersions(change.version, stored.version) < 0
    return isOlder && change.when === undefined ? { apply: false, answer: true } : super.judge(change, stored, call)
  }
}

/** Keeps the entry in another form. */
function keeping(form: (entry: Entry, now: number) => Entry): typeof ReferenceStore {
  return class extends ReferenceStore {
    protected override take(entry: Entry): Entry {
      return form(super.take(entry), this.clock.now())
    }
  }
}

function tagged(tags: (tags: Entry['tags']) => Entry['tags']): typeof ReferenceStore {
  return keeping((entry) => ({ ...entry, tags: tags(entry.tags) }))
}

class StoresNothingExpired extends ReferenceStore {
  protected override keep(place: string, entry: Entry): void {
    if (this.clock.now() < entry.expiresAt) super.keep(place, entry)
    else this.drop(place)
  }
}

class HeadersWithoutSize extends ReferenceStore {
  protected override find(key: string, call: Call): Found | undefined {
    const found = super.find(key, call)
    return found && call.want === 'header' ? { ...found, size: 0 } : found
  }
}

class HeadersWithEmptyValues extends ReferenceStore {
  protected override find(key: string, call: Call): Found | undefined {
    const found = super.find(key, call)
    return found && call.want === 'header' ? { ...found, value: new Uint8Array() } : found
  }
}

class CutsMegabytes extends ReferenceStore {
  override readonly traits: Traits = { ...REFERENCE_TRAITS, maxValueBytes: Number.POSITIVE_INFINITY }

  protected override take(entry: Entry): Entry {
    const taken = super.take(entry)
    return { ...taken, value: taken.value.slice(0, 2 ** 21) }
  }
}

class ChangesInPlace extends ReferenceStore {
  protected override keep(place: string, entry: Entry): void {
    const old = this.disk.entries.get(place)
    if (old === undefined) super.keep(place, entry)
    else Object.assign(old, this.take(entry))
  }

  protected override give(entry: Entry): Entry {
    return entry
  }
}

class ComparesByReference extends ReferenceStore {
  protected override judge(change: Change, stored: Entry | undefined, call: Call): Verdict {
    const isOther = typeof change.when === 'object' && change.when.version !== stored?.version
    return isOther ? { apply: false, answer: false } : super.judge(change, stored, call)
  }
}

class ProlongsWhatItRefuses extends ReferenceStore {
  protected override judge(change: Change, stored: Entry | undefined, call: Call): Verdict {
    const verdict = super.judge(change, stored, call)
    if (!verdict.apply && stored !== undefined && change.entry !== undefined) {
      super.keep(change.key, { ...stored, expiresAt: change.entry.expiresAt, keptUntil: change.entry.keptUntil })
    }
    return verdict
  }
}

class KeepsTheUnseen extends ReferenceStore {
  protected override judge(change: Change, stored: Entry | undefined, call: Call): Verdict {
    const verdict = super.judge(change, stored, call)
    return change.entry === undefined && !verdict.answer ? { apply: false, answer: false } : verdict
  }
}

/** A checksum of one byte that says nothing of how much longer values become. */
function growing(name: string): LayerMutant {
  const seal = values({
    name,
    encode: (value) => ({ value: Uint8Array.of(0, ...value), mark: 1 }),
    decode: (value) => value.slice(1),
  })
  return {
    kind: 'layer',
    name,
    law: 'V4',
    models: 'Makes values longer, and says nothing of it, so that the longest do not fit.',
    subject: { name, layer: () => seal },
  }
}

const toWhole = (mark: Mark): Mark => (typeof mark === 'number' ? Math.trunc(mark) : mark)
const toInt = (mark: Mark): Mark => (typeof mark === 'number' && Number.isInteger(mark) ? mark | 0 : mark)

function marked(form: (mark: Mark) => Mark): typeof ReferenceStore {
  return keeping((entry) => ({
    ...entry,
    marks: Object.fromEntries(Object.entries(entry.marks).map(([name, mark]) => [name, form(mark)])),
  }))
}

export const HEADER_MUTANTS: readonly Mutant[] = [
  storeMutant(
    'skips-equal-values',
    'T2',
    'Leaves what it holds where the same bytes are written again.',
    SkipsEqualValues,
  ),
  layerMutant('skips-equal-writes', 'T2', 'Passes a value on only where it is another.', (next) => {
    const last = new Map<string, string>()
    return {
      write(changes, call) {
        const [only] = changes
        if (changes.length !== 1 || only?.entry === undefined || only.when !== undefined) {
          for (const { key } of changes) last.delete(key)
          return next.write(changes, call)
        }
        const value = String(only.entry.value)
        if (last.get(only.key) === value) return [true]
        last.set(only.key, value)
        return next.write(changes, call)
      },
    }
  }),
  storeMutant(
    'refuses-the-older',
    'O2',
    'Says that it wrote what is older than what it has, and did not.',
    RefusesTheOlder,
  ),
  storeMutant(
    'is-stale-from-now',
    'V1',
    'Takes a time that has come already for a mistake.',
    keeping((entry, now) => ({ ...entry, staleAt: Math.max(entry.staleAt, now) })),
  ),
  storeMutant(
    'stores-nothing-expired',
    'V1',
    'Drops what has expired when it is written, though it is to be kept.',
    StoresNothingExpired,
  ),
  storeMutant(
    'keeps-whole-milliseconds',
    'V1',
    'Keeps times as integers.',
    keeping((entry) => ({ ...entry, createdAt: Math.floor(entry.createdAt), keptUntil: Math.floor(entry.keptUntil) })),
  ),
  storeMutant(
    'forgets-sizes',
    'V1',
    'Says that every value has no bytes.',
    keeping((entry) => ({ ...entry, size: 0 })),
  ),
  storeMutant('headers-without-size', 'V1', 'Tells the size with the value alone.', HeadersWithoutSize),
  storeMutant(
    'headers-with-empty-values',
    'V1',
    'Gives empty bytes for a value that it left out.',
    HeadersWithEmptyValues,
  ),
  storeMutant(
    'cuts-tags',
    'V1',
    'Has 255 bytes for a tag.',
    tagged((tags) => tags.map((tag) => ({ ...tag, name: tag.name.slice(0, 255) }))),
  ),
  storeMutant(
    'counts-tags',
    'V1',
    'Has room for 16 tags.',
    tagged((tags) => tags.slice(0, 16)),
  ),
  storeMutant(
    'gathers-tags',
    'V1',
    'Keeps a tag once.',
    tagged((tags) => [...new Map(tags.map((tag) => [tag.name, tag])).values()]),
  ),
  storeMutant('rounds-marks', 'V1', 'Keeps whole numbers alone.', marked(toWhole)),
  storeMutant('keeps-small-marks', 'V1', 'Keeps numbers of 32 bits alone.', marked(toInt)),
  storeMutant('cuts-megabytes', 'V1', 'Declares no limit, and cuts values off at two megabytes.', CutsMegabytes),
  storeMutant('changes-in-place', 'V1', 'Writes over what readers still hold.', ChangesInPlace),
  storeMutant(
    'compares-by-reference',
    'C3',
    'Takes a version for another that was read elsewhere.',
    ComparesByReference,
  ),
  storeMutant(
    'prolongs-what-it-refuses',
    'C4',
    'Refuses the value, and takes over its lifetime.',
    ProlongsWhatItRefuses,
  ),
  storeMutant('keeps-the-unseen', 'C6', 'Removes only what can be seen, and leaves leases for ever.', KeepsTheUnseen),
  growing('grows-in-silence'),
]
