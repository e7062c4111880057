import { type Awaitable, CacheError, type Entry } from '@cachette/core'
import { ReferenceStore } from '../reference.js'
import { type Mutant, shellMutant, storeMutant } from './mutant.js'

class NeverCloses extends ReferenceStore {
  override close(): Awaitable<void> {
    return this.disk.entries.size === 0 ? undefined : new Promise(() => undefined)
  }
}

class FailsToClose extends ReferenceStore {
  override close(): Awaitable<void> {
    throw new CacheError('CLOSED', 'the connection is gone')
  }
}

class ForgetsAtClose extends ReferenceStore {
  override close(): Awaitable<void> {
    this.disk.entries.clear()
  }
}

class LosesTheLastWrite extends ReferenceStore {
  #undo: (() => void) | undefined

  protected override keep(place: string, entry: Entry): void {
    const old = this.disk.entries.get(place)
    super.keep(place, entry)
    this.#undo = () => (old === undefined ? this.drop(place) : super.keep(place, old))
  }

  override close(): Awaitable<void> {
    this.#undo?.()
    return super.close()
  }
}

class WritesToTheDiskLater extends ReferenceStore {
  protected override keep(place: string, entry: Entry): void {
    const old = this.disk.entries.get(place)
    super.keep(place, entry)
    this.disk.risk(() => (old === undefined ? this.drop(place) : super.keep(place, old)))
  }
}

class TearsItsFiles extends ReferenceStore {
  protected override keep(place: string, entry: Entry): void {
    super.keep(place, entry)
    const half = entry.value.slice(0, entry.value.length >> 1)
    this.disk.risk(() => super.keep(place, { ...entry, value: half }))
  }
}

class ForgetsRemovals extends ReferenceStore {
  protected override drop(place: string): void {
    const old = this.disk.entries.get(place)
    super.drop(place)
    if (old !== undefined) this.disk.risk(() => this.disk.entries.set(place, old))
  }
}

export const LIFE_MUTANTS: readonly Mutant[] = [
  storeMutant('never-closes', 'L1', 'Waits at close for what will never come.', NeverCloses),
  storeMutant('fails-to-close', 'L1', 'Fails to close what is closed already.', FailsToClose),
  shellMutant('answers-after-close', 'L1', 'Goes on giving misses after it was closed.', (shell) => ({
    read: (keys, call) => (shell.closed ? keys.map(() => undefined) : shell.read(keys, call)),
  })),
  shellMutant('closes-twice', 'L1', 'Refuses to be closed again.', (shell) => ({
    close: () => {
      if (shell.closed) throw new CacheError('CLOSED', 'it has been closed')
      return shell.close()
    },
  })),
  storeMutant('forgets-at-close', 'L2', 'Says that it lives on the disk, and keeps nothing there.', ForgetsAtClose),
  storeMutant('loses-the-last-write', 'L2', 'Closes before its last write has been handed on.', LosesTheLastWrite),
  storeMutant('writes-to-the-disk-later', 'L3', 'Acknowledges what is only in memory.', WritesToTheDiskLater),
  storeMutant(
    'tears-its-files',
    'L3',
    'Overwrites files in place, as flat-cache does: a kill leaves half of one.',
    TearsItsFiles,
  ),
  storeMutant('forgets-removals', 'L3', 'Brings back after a kill what was removed before it.', ForgetsRemovals),
]
