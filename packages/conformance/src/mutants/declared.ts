import {
  type Awaitable,
  CacheError,
  type Call,
  type Change,
  type Entry,
  type Found,
  isPromise,
  type Store,
  type Traits,
} from '@cachette/core'
import { Outage } from '../outage.js'
import { Disk, REFERENCE_TRAITS, ReferenceStore, RemoteReferenceStore } from '../reference.js'
import { referenceSubject } from '../reference-subject.js'
import { layerMutant, type Mutant, storeMutant } from './mutant.js'

/** What a store says of itself, or lets be believed, that is not so: who sees it, how much it holds, when it answers. */

const STALE_MS = 100

class ReadsNearby extends RemoteReferenceStore {
  readonly #near = new Map<string, { readonly at: number; readonly found: Found | undefined }>()

  override async read(keys: readonly string[], call: Call): Promise<readonly (Found | undefined)[]> {
    const [key = ''] = keys
    const near = this.#near.get(key)
    if (keys.length === 1 && near !== undefined && call.now - near.at < STALE_MS) return [near.found]
    const found = await super.read(keys, call)
    if (keys.length === 1) this.#near.set(key, { at: call.now, found: found[0] })
    return found
  }

  override async write(changes: readonly Change[], call: Call): Promise<readonly boolean[]> {
    const answers = await super.write(changes, call)
    for (const { key } of changes) this.#near.delete(key)
    return answers
  }
}

/** Of disks whose only connection has been closed. */
const closed = new WeakSet<Disk>()

class ClosesForAll extends RemoteReferenceStore {
  protected override reach<T>(call: Call, work: () => Awaitable<T>): Awaitable<T> {
    if (closed.has(this.disk)) throw new CacheError('UNAVAILABLE', 'the connection is closed')
    return super.reach(call, work)
  }

  override close(): Awaitable<void> {
    closed.add(this.disk)
  }
}

class HasNoName extends ReferenceStore {
  override readonly name = ''
}

class PromisesMany extends ReferenceStore {
  override read(keys: readonly string[], call: Call): Awaitable<readonly (Found | undefined)[]> {
    const found = super.read(keys, call)
    return keys.length > 3 ? Promise.resolve(found) : found
  }
}

class RejectsTheLarge extends ReferenceStore {
  override write(changes: readonly Change[], call: Call): Awaitable<readonly boolean[]> {
    const answers = super.write(changes, call)
    return changes.some(({ entry }) => (entry?.value.length ?? 0) > 5_000) ? Promise.resolve(answers) : answers
  }
}

class Query<T> implements PromiseLike<T> {
  readonly #answer: Promise<T>

  constructor(answer: Promise<T>) {
    this.#answer = answer
  }

  // biome-ignore lint/suspicious/noThenProperty: what makes a query builder one
  readonly then: PromiseLike<T>['then'] = (done, failed) => this.#answer.then(done, failed)
}

class GivesThenables extends RemoteReferenceStore {
  override read(keys: readonly string[], call: Call): Awaitable<readonly (Found | undefined)[]> {
    const found = Promise.resolve(super.read(keys, call))
    // What an author without types may well give.
    return new Query(found) as unknown as typeof found
  }
}

class PromisesOne extends ReferenceStore {
  readOne(key: string, call: Call): Awaitable<Found | undefined> {
    return Promise.resolve(this.find(key, call))
  }
}

class ForgetsMarksOfOne extends ReferenceStore {
  readOne(key: string, call: Call): Awaitable<Found | undefined> {
    const found = this.find(key, call)
    return found && { ...found, marks: {} }
  }
}

class MissesOneOfNoBytes extends ReferenceStore {
  readOne(key: string, call: Call): Awaitable<Found | undefined> {
    const found = this.find(key, call)
    return found?.value?.length === 0 && found.kind === 'value' ? undefined : found
  }
}

class RemovesAFew extends ReferenceStore {
  override write(changes: readonly Change[], call: Call): Awaitable<readonly boolean[]> {
    return changes.map((change, index) => (index >= 25 && change.entry === undefined) || this.change(change, call))
  }
}

class ForgetsASingle extends ReferenceStore {
  #singles = 0

  override write(changes: readonly Change[], call: Call): Awaitable<readonly boolean[]> {
    this.#singles += changes.length === 1 ? 1 : 0
    return changes.length === 1 && this.#singles % 300 === 0 ? [true] : super.write(changes, call)
  }
}

const ROOM = 5_000

class HasLessRoom extends ReferenceStore {
  override readonly traits: Traits = { ...REFERENCE_TRAITS, evicts: 'beyondCapacity' }

  protected override keep(place: string, entry: Entry): void {
    super.keep(place, entry)
    const [oldest] = this.disk.entries.keys()
    if (this.disk.entries.size > ROOM && oldest !== undefined) this.drop(oldest)
  }
}

class RenewsVersions extends ReferenceStore {
  #count = 0

  protected override take(entry: Entry): Entry {
    this.#count += 1
    return { ...super.take(entry), version: { ...entry.version, count: this.#count + 500 } }
  }
}

class WritesBehind extends RemoteReferenceStore {
  override async write(changes: readonly Change[], call: Call): Promise<readonly boolean[]> {
    const answers = changes.map((change) => this.judge(change, this.stored(change.key), call).answer)
    setImmediate(() => void super.write(changes, call))
    return answers
  }
}

const shared = new Disk()

export const DECLARED_MUTANTS: readonly Mutant[] = [
  storeMutant('reads-nearby', 'R1', 'Remembers what it read, though others write.', ReadsNearby),
  storeMutant('closes-for-all', 'R1', 'Closes what others of its kind still use.', ClosesForAll),
  storeMutant('has-no-name', 'R1', 'Leaves its name empty, so that no error can say who failed.', HasNoName),
  {
    kind: 'store',
    name: 'opens-the-same',
    law: 'R1',
    models: 'Opens one store again and again, so that trials find what others left.',
    subject: {
      ...referenceSubject('opens-the-same', ReferenceStore),
      open: ({ clock }) => new ReferenceStore({ clock, disk: shared, outage: new Outage() }),
    },
  },
  {
    kind: 'store',
    name: 'does-not-open',
    law: 'R1',
    models: 'Fails before there is a store.',
    subject: {
      name: 'does-not-open',
      open: (): Store => {
        throw new CacheError('UNAVAILABLE', 'there is no such directory')
      },
    },
  },
  layerMutant('claims-to-be-shared', 'R1', 'Says that others see what only this process holds.', ({ traits }) => ({
    traits: { ...traits, shared: true, conditional: 'shared' },
  })),
  layerMutant('claims-no-limit', 'R1', 'Says that there is no limit, where the store below has one.', ({ traits }) => ({
    traits: { ...traits, maxValueBytes: Number.POSITIVE_INFINITY },
  })),
  layerMutant('claims-any-value', 'R1', 'Takes any value, and makes no bytes of it.', ({ traits }) => ({
    traits: { ...traits, values: 'any' },
  })),
  storeMutant('promises-many', 'R3', 'Answers a few keys at once, and many later.', PromisesMany),
  storeMutant('promises-the-large', 'R3', 'Stores small values at once, and large ones later.', RejectsTheLarge),
  storeMutant('promises-one', 'R3', 'Has a road for one key, which is not as ready as that for many.', PromisesOne),
  storeMutant('gives-thenables', 'R3', "Hands its query builder's promise out, which is none.", GivesThenables),
  storeMutant('forgets-marks-of-one', 'B1', 'Reads one key without its marks.', ForgetsMarksOfOne),
  storeMutant('misses-one-of-no-bytes', 'B1', 'Reads one key whose value is empty as nothing.', MissesOneOfNoBytes),
  storeMutant('removes-a-few', 'B1', 'Removes the first 25 of a batch, as many as one request takes.', RemovesAFew),
  storeMutant('forgets-a-single', 'P1', 'Loses one write in hundreds, where it comes alone.', ForgetsASingle),
  {
    kind: 'store',
    name: 'has-less-room',
    law: 'P1',
    models: 'States a capacity that it does not have.',
    subject: { ...referenceSubject('has-less-room', HasLessRoom), capacity: 100_000 },
  },
  storeMutant('renews-versions', 'V1', 'Gives every entry a version of its own.', RenewsVersions),
  storeMutant('writes-behind', 'O2', 'Says that it wrote, and does so in a while.', WritesBehind),
  layerMutant(
    'divides-large-batches',
    'B4',
    'Makes several batches of a large one, and says that it is one.',
    (next) => ({
      write: async (changes, call) => {
        const answers: boolean[] = []
        for (let from = 0; from < changes.length; from += 100) {
          answers.push(...(await next.write(changes.slice(from, from + 100), call)))
        }
        return answers
      },
    }),
  ),
  layerMutant('remembers-what-was-cleared', 'S5', 'Remembers reads, and forgets them for writes alone.', (next) => {
    const seen = new Map<string, Found | undefined>()
    return {
      read(keys, call) {
        const [key = ''] = keys
        const isPlain = keys.length === 1 && call.show !== 'kept' && call.show !== 'all' && call.want !== 'header'
        const known = isPlain ? seen.get(key) : undefined
        if (known !== undefined && call.now < known.expiresAt) return [known]
        const found = next.read(keys, call)
        if (isPlain && !isPromise(found)) seen.set(key, found[0])
        return found
      },
      write(changes, call) {
        for (const { key } of changes) seen.delete(key)
        return next.write(changes, call)
      },
    }
  }),
  layerMutant(
    'remembers-misses',
    'O2',
    'Remembers that nothing was there, and does not look at what conditions let in.',
    (next) => {
      const missed = new Set<string>()
      return {
        read(keys, call) {
          const [key = ''] = keys
          if (keys.length === 1 && missed.has(key)) return [undefined]
          const found = next.read(keys, call)
          if (keys.length === 1 && !isPromise(found) && found[0] === undefined) missed.add(key)
          return found
        },
        write(changes, call) {
          for (const { key, when } of changes) if (when === undefined) missed.delete(key)
          return next.write(changes, call)
        },
      }
    },
  ),
]
