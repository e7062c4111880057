import { type Awaitable, CacheError, type Call, type Change, type Found, type Page, type Traits } from '@cachette/core'
import { REFERENCE_TRAITS, ReferenceStore } from '../reference.js'
import { type Mutant, shellMutant, storeMutant } from './mutant.js'

class IgnoresConditions extends ReferenceStore {
  override write(changes: readonly Change[], call: Call): Awaitable<readonly boolean[]> {
    return super.write(
      changes.map((change) => ({ ...change, when: undefined })),
      call,
    )
  }
}

class ListsNothing extends ReferenceStore {
  override async *scan(): AsyncIterable<Page> {
    yield []
  }
}

class SharesNothing extends ReferenceStore {
  override readonly traits: Traits = { ...REFERENCE_TRAITS, shared: true }
  readonly #own = new Map(this.disk.entries)

  protected override find(key: string, call: Call): Found | undefined {
    const found = super.find(key, call)
    return this.#own.has(key) ? found : undefined
  }

  override write(changes: readonly Change[], call: Call): Awaitable<readonly boolean[]> {
    for (const { key, entry } of changes) if (entry !== undefined) this.#own.set(key, entry)
    return super.write(changes, call)
  }
}

class CannotList extends ReferenceStore {
  override readonly traits: Traits = { ...REFERENCE_TRAITS, scan: 'none' }
}

class CannotJudge extends ReferenceStore {
  override readonly traits: Traits = { ...REFERENCE_TRAITS, conditional: 'none' }

  override write(changes: readonly Change[], call: Call): Awaitable<readonly boolean[]> {
    return super.write(
      changes.map((change) => ({ ...change, when: undefined })),
      call,
    )
  }
}

class PromisesReads extends ReferenceStore {
  override async read(keys: readonly string[], call: Call): Promise<readonly (Found | undefined)[]> {
    return super.read(keys, call)
  }
}

class PromisesWrites extends ReferenceStore {
  override async write(changes: readonly Change[], call: Call): Promise<readonly boolean[]> {
    return super.write(changes, call)
  }
}

class RejectsWhenItIsReady extends ReferenceStore {
  override read(keys: readonly string[], call: Call): Awaitable<readonly (Found | undefined)[]> {
    if (this.outage.fault !== 'refuse') return super.read(keys, call)
    return Promise.reject(new CacheError('UNAVAILABLE', 'the connection was refused'))
  }
}

export const TRAIT_MUTANTS: readonly Mutant[] = [
  storeMutant('ignores-conditions', 'C3', 'Declares conditions and does not look at them.', IgnoresConditions),
  storeMutant('lists-nothing', 'R1', 'Declares scans and gives none of its keys.', ListsNothing),
  storeMutant('shares-nothing', 'R1', 'Says that others see its entries, and keeps them for itself.', SharesNothing),
  shellMutant(
    'lists-in-silence',
    'R2',
    'Gives no keys where it cannot list them, instead of saying so.',
    () => ({ scan: () => nothing() }),
    CannotList,
  ),
  shellMutant(
    'drops-conditions',
    'R2',
    'Ignores a condition that it cannot judge, as an option that it does not know.',
    (shell) => ({
      write: (changes, call) =>
        shell.write(
          changes.map((change) => ({ ...change, when: undefined })),
          call,
        ),
    }),
    CannotJudge,
  ),
  storeMutant('promises-reads', 'R3', 'Declares that it answers at once, in verbs that are async.', PromisesReads),
  storeMutant('promises-writes', 'R3', 'Answers reads at once, and writes later.', PromisesWrites),
  storeMutant('rejects-when-it-is-ready', 'R3', 'Gives answers at once, and failures later.', RejectsWhenItIsReady),
]

async function* nothing(): AsyncIterable<Page> {
  yield []
}
