import { type Awaitable, type Call, type Change, type Entry, type Found, newCall } from '@cachette/core'
import { ReferenceStore, RemoteReferenceStore } from '../reference.js'
import { layerMutant, type Mutant, shellMutant, storeMutant } from './mutant.js'

class AnswersBeforeTheEffect extends RemoteReferenceStore {
  override write(changes: readonly Change[], call: Call): Awaitable<readonly boolean[]> {
    const late = Promise.resolve().then(() => super.write(changes, call))
    late.catch(() => undefined)
    return changes.map(() => true)
  }
}

class OrdersWritesInNameOnly extends RemoteReferenceStore {
  readonly ordersWrites = true
  #writes = 0

  override async write(changes: readonly Change[], call: Call): Promise<readonly boolean[]> {
    this.#writes += 1
    const turns = this.#writes % 2 === 0 ? 0 : 5
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
    return super.write(changes, call)
  }
}

class WritesOneBehind extends ReferenceStore {
  #behind: (() => void) | undefined

  protected override keep(place: string, entry: Entry): void {
    this.#behind?.()
    this.#behind = undefined
    if (this.disk.entries.has(place)) this.#behind = () => super.keep(place, entry)
    else super.keep(place, entry)
  }
}

class ReadsFromAReplica extends RemoteReferenceStore {
  #replica = new Map<string, Entry>()

  override read(keys: readonly string[]): Awaitable<readonly (Found | undefined)[]> {
    const replica = this.#replica
    this.#replica = new Map(this.disk.entries)
    return Promise.resolve(keys.map((key) => replica.get(key) ?? this.disk.entries.get(key)))
  }
}

class ClearsInTheBackground extends ReferenceStore {
  override clear(prefix: string, call: Call): Awaitable<void> {
    void Promise.resolve().then(() => super.clear(prefix, call))
  }
}

class ClearsByTheMillisecond extends ReferenceStore {
  #cleared: { readonly prefix: string; readonly at: number } = { prefix: '', at: Number.NEGATIVE_INFINITY }

  override clear(prefix: string, call: Call): Awaitable<void> {
    this.#cleared = { prefix, at: call.now }
  }

  protected override find(key: string, call: Call): Found | undefined {
    const found = super.find(key, call)
    const isCleared = key.startsWith(this.#cleared.prefix) && (found?.version.time ?? 0) <= this.#cleared.at
    return isCleared ? undefined : found
  }
}

export const ORDER_MUTANTS: readonly Mutant[] = [
  storeMutant(
    'answers-before-the-effect',
    'O1',
    'Says that it is done when it has only begun.',
    AnswersBeforeTheEffect,
  ),
  storeMutant(
    'orders-writes-in-name-only',
    'O1',
    'Says that it keeps the order of writes itself, and lets some overtake others.',
    OrdersWritesInNameOnly,
  ),
  shellMutant('takes-its-place-late', 'O1', 'Checks a write for a while before it takes its place.', (shell) => ({
    write: async (changes, call) => {
      await Promise.resolve()
      return shell.write(changes, call)
    },
  })),
  layerMutant(
    'writes-back',
    'O1',
    'Answers, and writes later, in another call that reads do not wait for.',
    (next) => ({
      write(changes: readonly Change[], call) {
        const later = Promise.resolve().then(() => next.write(changes, newCall(call.now)))
        later.catch(() => undefined)
        return changes.map(() => true)
      },
    }),
  ),
  storeMutant(
    'writes-one-behind',
    'O2',
    'Gathers writes, and does not look among them when it reads.',
    WritesOneBehind,
  ),
  storeMutant(
    'reads-from-a-replica',
    'O2',
    'Reads from a copy that has not heard of the write yet.',
    ReadsFromAReplica,
  ),
  storeMutant(
    'clears-in-the-background',
    'O3',
    'Answers, then clears, and takes what was stored meanwhile with it.',
    ClearsInTheBackground,
  ),
  storeMutant(
    'clears-by-the-millisecond',
    'O3',
    'Clears whatever is not newer, by a clock of whole milliseconds.',
    ClearsByTheMillisecond,
  ),
]
