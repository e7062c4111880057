import {
  type Awaitable,
  CacheError,
  type Call,
  type Change,
  type Entry,
  type Found,
  isCacheError,
} from '@cachette/core'
import { ReferenceStore, RemoteReferenceStore } from '../reference.js'
import { layerMutant, type Mutant, storeMutant } from './mutant.js'

class WritesTheFirstOfTwo extends ReferenceStore {
  override write(changes: readonly Change[], call: Call): Awaitable<readonly boolean[]> {
    const first = new Map(changes.toReversed().map((change) => [change.key, change]))
    return super.write(
      changes.map(({ key, ...change }) => first.get(key) ?? { key, ...change }),
      call,
    )
  }
}

class AnswersInItsOwnOrder extends ReferenceStore {
  override read(keys: readonly string[], call: Call): Awaitable<readonly (Found | undefined)[]> {
    return super.read(keys.toSorted(), call)
  }
}

class AnswersOncePerKey extends ReferenceStore {
  override read(keys: readonly string[], call: Call): Awaitable<readonly (Found | undefined)[]> {
    return keys.map((key, index) => (keys.indexOf(key) === index ? this.find(key, call) : undefined))
  }
}

class JudgesBeforeTheBatch extends ReferenceStore {
  #before: ReadonlyMap<string, Entry> = new Map()

  override write(changes: readonly Change[], call: Call): Awaitable<readonly boolean[]> {
    this.#before = new Map(this.disk.entries)
    return super.write(changes, call)
  }

  protected override stored(place: string): Entry | undefined {
    return this.#before.get(place)
  }
}

class LosesHalfABatchWithThePower extends ReferenceStore {
  override write(changes: readonly Change[], call: Call): Awaitable<readonly boolean[]> {
    const before = new Map(this.disk.entries)
    const answers = super.write(changes, call)
    for (const { key } of changes.slice(changes.length >> 1)) {
      const old = before.get(key)
      this.disk.risk(() => (old === undefined ? this.drop(key) : this.keep(key, old)))
    }
    return answers
  }
}

class WritesABatchBitByBit extends RemoteReferenceStore {
  override async write(changes: readonly Change[], call: Call): Promise<readonly boolean[]> {
    const answers: boolean[] = []
    for (const change of changes) {
      answers.push(...(await super.write([change], call)))
      await new Promise((resolve) => setImmediate(resolve))
    }
    return answers
  }
}

class DeniesWhatItDid extends RemoteReferenceStore {
  override async write(changes: readonly Change[], call: Call): Promise<readonly boolean[]> {
    try {
      return await super.write(changes, call)
    } catch (error) {
      throw new CacheError('UNAVAILABLE', 'nothing was written', { outcome: 'none', cause: error })
    }
  }
}

class ReadsOneItsOwnWay extends ReferenceStore {
  readOne(key: string, call: Call): Awaitable<Found | undefined> {
    const found = this.find(key, { ...call, want: 'value' })
    return found !== undefined && found.expiresAt > call.now ? found : undefined
  }
}

export const BATCH_MUTANTS: readonly Mutant[] = [
  storeMutant(
    'writes-the-first-of-two',
    'B1',
    'Of two changes to one key in a batch, does the first twice.',
    WritesTheFirstOfTwo,
  ),
  storeMutant(
    'answers-in-its-own-order',
    'B1',
    'Groups keys by server, and forgets who asked for which.',
    AnswersInItsOwnOrder,
  ),
  storeMutant('answers-once-per-key', 'B1', 'Answers a key that was asked for twice only once.', AnswersOncePerKey),
  storeMutant(
    'judges-before-the-batch',
    'B1',
    'Judges the conditions of a batch by what was stored before it.',
    JudgesBeforeTheBatch,
  ),
  storeMutant(
    'reads-one-its-own-way',
    'B1',
    'Has a faster road for one key, which knows less than that for many.',
    ReadsOneItsOwnWay,
  ),
  layerMutant(
    'splits-writes',
    'B2',
    'Makes a batch singles: the first are written when a later one is refused.',
    (next) => ({
      write: async (changes: readonly Change[], call) => {
        const answers: boolean[] = []
        for (const change of changes) answers.push(...(await next.write([change], call)))
        return answers
      },
    }),
  ),
  layerMutant('checks-while-it-writes', 'B2', 'Writes halves of large batches one after the other.', (next) => ({
    write: async (changes: readonly Change[], call) => {
      const half = changes.length >> 1
      const first = await next.write(changes.slice(0, half), call)
      return [...first, ...(await next.write(changes.slice(half), call))]
    },
  })),
  storeMutant(
    'denies-what-it-did',
    'B3',
    'Says that nothing was written when it only lost the answer.',
    DeniesWhatItDid,
  ),
  layerMutant('forgets-outcomes', 'B3', 'Turns a failure of a part into a failure of the whole.', (next) => ({
    write: async (changes: readonly Change[], call) => {
      try {
        return await next.write(changes, call)
      } catch (error) {
        if (!isCacheError(error)) throw error
        throw new CacheError(error.code, error.message, { outcome: error.outcome, retry: error.retry, cause: error })
      }
    },
  })),
  layerMutant(
    'reports-the-first-failure',
    'B3',
    'Splits a batch and gives the first failure for all of it.',
    (next) => ({
      write: async (changes: readonly Change[], call) => {
        const answers = await Promise.all(changes.map(async (change) => next.write([change], call)))
        return answers.flat()
      },
    }),
  ),
  storeMutant(
    'loses-half-a-batch-with-the-power',
    'B4',
    'Calls a batch atomic that it writes in two parts.',
    LosesHalfABatchWithThePower,
  ),
  storeMutant(
    'writes-a-batch-bit-by-bit',
    'B4',
    'Calls a batch atomic that others can watch being written.',
    WritesABatchBitByBit,
  ),
]
