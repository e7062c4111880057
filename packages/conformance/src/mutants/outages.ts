import {
  type Awaitable,
  CacheError,
  type Call,
  type Change,
  type Found,
  isCacheError,
  isPromise,
  type Layer,
  type Page,
} from '@cachette/core'
import { ReferenceStore, RemoteReferenceStore } from '../reference.js'
import { layerMutant, type Mutant, storeMutant } from './mutant.js'

/** What goes wrong with clears, conditions and scans while the backend fails, and what is still wrong when it is back. */

class ClearsWhenItFails extends RemoteReferenceStore {
  override async clear(prefix: string, call: Call): Promise<void> {
    try {
      await super.clear(prefix, call)
    } catch {
      // The failure that the caller was to hear of.
    }
  }
}

class RefusesWhenItFails extends RemoteReferenceStore {
  override async write(changes: readonly Change[], call: Call): Promise<readonly boolean[]> {
    try {
      return await super.write(changes, call)
    } catch (error) {
      if (changes.every(({ when }) => when !== undefined)) return changes.map(() => false)
      throw error
    }
  }
}

class WritesAgain extends RemoteReferenceStore {
  override async write(changes: readonly Change[], call: Call): Promise<readonly boolean[]> {
    try {
      return await super.write(changes, call)
    } catch {
      return super.write(changes, call) // A retry that nobody asked for.
    }
  }
}

class EndsWhenItFails extends RemoteReferenceStore {
  override async *scan(prefix: string, call: Call): AsyncIterable<Page> {
    let pages = 0
    try {
      for await (const page of super.scan(prefix, call)) {
        pages += 1
        yield page
      }
    } catch (error) {
      if (pages === 0) throw error
    }
  }
}

const ENOUGH = 3

class GivesUpReading extends RemoteReferenceStore {
  #failures = 0

  override async read(keys: readonly string[], call: Call): Promise<readonly (Found | undefined)[]> {
    if (this.#failures > ENOUGH) throw new CacheError('UNAVAILABLE', 'it failed too often')
    try {
      return await super.read(keys, call)
    } catch (error) {
      this.#failures += 1
      throw error
    }
  }
}

class GivesUpScanning extends RemoteReferenceStore {
  #hasFailed = false

  override async *scan(prefix: string, call: Call): AsyncIterable<Page> {
    if (this.#hasFailed) throw new CacheError('UNAVAILABLE', 'its cursor is gone')
    try {
      yield* super.scan(prefix, call)
    } catch (error) {
      this.#hasFailed = true
      throw error
    }
  }
}

class GivesUpClearing extends RemoteReferenceStore {
  #hasFailed = false

  override async clear(prefix: string, call: Call): Promise<void> {
    if (this.#hasFailed) throw new CacheError('UNAVAILABLE', 'it failed before')
    try {
      await super.clear(prefix, call)
    } catch (error) {
      this.#hasFailed = true
      throw error
    }
  }
}

class GivesUpWriting extends RemoteReferenceStore {
  #hasFailed = false

  override async write(changes: readonly Change[], call: Call): Promise<readonly boolean[]> {
    if (this.#hasFailed) throw new CacheError('UNAVAILABLE', 'it failed before')
    try {
      return await super.write(changes, call)
    } catch (error) {
      this.#hasFailed = true
      throw error
    }
  }
}

class MissesDamage extends ReferenceStore {
  protected override find(key: string, call: Call): Found | undefined {
    const found = super.find(key, call)
    return found?.kind === 'damaged' ? undefined : found
  }
}

class FailsToScanDamage extends ReferenceStore {
  protected override page(keys: readonly string[], call: Call): Page {
    const page = super.page(keys, call)
    if (page.some(([, { kind }]) => kind === 'damaged')) throw new CacheError('CORRUPT', 'an entry is damaged')
    return page
  }
}

class CannotRemoveDamage extends ReferenceStore {
  protected override change(change: Change, call: Call): boolean {
    const isDamaged = this.disk.damaged.has(this.place(change.key))
    const isPlainRemoval = change.entry === undefined && change.when === undefined
    return isDamaged && isPlainRemoval ? false : super.change(change, call)
  }
}

const PLACES = 3

/** Lets some reads in at a time, and forgets to let the next in after one that failed. */
const limited = (): Layer => ({
  name: 'leaks-its-places',
  wrap(next) {
    let free = PLACES
    const waiting: (() => void)[] = []
    return {
      traits: { ...next.traits, sync: 'none' },
      async read(keys, call) {
        if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve))
        free -= 1
        const found = await next.read(keys, call)
        free += 1
        waiting.shift()?.()
        return found
      },
    }
  },
})

/** Reads of one key are one, and have the signal of the first. */
const joined = (): Layer => ({
  name: 'aborts-the-others',
  wrap(next) {
    const under = new Map<string, Awaitable<readonly (Found | undefined)[]>>()
    return {
      read(keys, call) {
        const name = JSON.stringify([keys, call.want, call.show])
        const first = under.get(name)
        if (first !== undefined) return first
        const found = next.read(keys, call)
        if (!isPromise(found)) return found
        under.set(name, found)
        const end = (): void => void under.delete(name)
        found.then(end, end)
        return found
      },
    }
  },
})

export const OUTAGE_MUTANTS: readonly Mutant[] = [
  storeMutant('clears-when-it-fails', 'F2', 'Says that it cleared when it only tried.', ClearsWhenItFails),
  storeMutant(
    'refuses-when-it-fails',
    'F2',
    'Says that a condition did not hold when it could not ask.',
    RefusesWhenItFails,
  ),
  storeMutant('writes-again', 'F2', 'Repeats a write by itself, and finds its own entry in the way.', WritesAgain),
  storeMutant('ends-when-it-fails', 'F2', 'Ends a scan where the next page did not come.', EndsWhenItFails),
  storeMutant('gives-up-reading', 'F3', 'Has had enough after some failures.', GivesUpReading),
  storeMutant('gives-up-scanning', 'F3', 'Scans no more after a scan that failed.', GivesUpScanning),
  storeMutant('gives-up-clearing', 'F3', 'Clears no more after a clear that failed.', GivesUpClearing),
  storeMutant('gives-up-writing', 'F3', 'Writes no more after a write that failed.', GivesUpWriting),
  {
    kind: 'layer',
    name: 'leaks-its-places',
    law: 'F3',
    models: 'Counts a read as under way for ever when it fails.',
    subject: { name: 'leaks-its-places', layer: limited },
  },
  {
    kind: 'layer',
    name: 'aborts-the-others',
    law: 'F4',
    models: 'Makes one read of two, and aborts both.',
    subject: { name: 'aborts-the-others', layer: joined },
  },
  storeMutant('misses-damage', 'F5', 'Takes a damaged entry for none, also where all is to be shown.', MissesDamage),
  storeMutant('fails-to-scan-damage', 'F5', 'Fails a whole scan for one damaged entry.', FailsToScanDamage),
  storeMutant('cannot-remove-damage', 'F5', 'Leaves a damaged entry where it is to be removed.', CannotRemoveDamage),
  layerMutant('writes-once-more', 'Y4', 'Repeats each write that fails, whatever has become of it.', (next) => ({
    write(changes, call) {
      try {
        return next.write(changes, call)
      } catch (error) {
        if (!isCacheError(error)) throw error
        return next.write(changes, call)
      }
    },
  })),
]
