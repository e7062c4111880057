import { type Change, isPromise } from '@cachette/core'
import { type Check, checksOf, type Facts, type Trial } from '../check.js'
import { broken } from '../expect.js'
import { brokenIn } from '../failure.js'
import { whenItBreaks } from '../faulty.js'
import { pattern } from '../format.js'
import { numbered } from '../scanned.js'
import { LARGE_SIZES } from '../values.js'

const whenReadsAreReady = ({ traits }: Facts): true | string => traits.sync !== 'none' || 'it declares no ready answers'

const whenAllIsReady = ({ traits }: Facts): true | string =>
  traits.sync === 'all' || 'its writes are not declared to be ready'

export const R3: readonly Check[] = checksOf(
  'R3',
  {
    title: 'reads answer at once',
    applies: whenReadsAreReady,
    run: (context) =>
      context.example(async (trial) => {
        for (const store of [trial.raw, trial.store]) {
          await store.write([trial.put('a'), trial.put('b', { expiresAt: trial.clock.now() + 1 })], trial.call())
          expectReady(store.read(['a', 'b', 'c'], trial.call()), 'a read')
          expectReady(store.read(['a'], trial.call({ want: 'header', show: 'all' })), 'a read of headers')
        }
        trial.clock.advance(1)
        expectReady(trial.raw.read(['b'], trial.call()), 'a read of what has expired')
      }),
  },
  {
    title: 'writes and clears answer at once',
    applies: whenAllIsReady,
    run: (context) =>
      context.example(async (trial) => {
        const conditional = context.traits.conditional === 'none' ? {} : ({ when: 'absent' } as const)
        for (const store of [trial.raw, trial.store]) {
          expectReady(store.write([trial.put('a'), trial.remove('b')], trial.call()), 'a write')
          expectReady(store.write([trial.put('a', conditional)], trial.call()), 'a write on a condition')
          expectReady(store.clear('', trial.call()), 'a clear')
        }
      }),
  },
  {
    title: 'refusals are thrown at once',
    applies: whenReadsAreReady,
    run: (context) =>
      context.example(async (trial) => {
        const { store, raw } = trial
        for (const one of [store, raw]) await expectThrown('a read of an empty key', () => one.read([''], trial.call()))
        for (const change of refused(context, trial)) {
          await expectThrown('a write that is refused', () => store.write([change], trial.call()))
          if (context.traits.sync !== 'all') continue
          await expectThrown('a write that is refused', () => raw.write([change], trial.call()))
        }
        await store.close()
        for (const one of [store, raw]) await expectThrown('a read after close', () => one.read(['a'], trial.call()))
      }),
  },
  {
    title: 'failures that are ready are thrown at once',
    applies: (facts) => {
      const ready = whenReadsAreReady(facts)
      if (ready !== true) return ready
      if (facts.subject.faults?.includes('refuse') === false) return "the subject does not know the fault 'refuse'"
      return whenItBreaks(facts)
    },
    run: (context) =>
      context.example(async (trial) => {
        await trial.store.write([trial.put('a')], trial.call())
        trial.note("await subject.breakBackend('refuse')")
        await context.subject.breakBackend?.('refuse')
        try {
          await expectThrown('a read while the backend refuses', () => trial.raw.read(['a'], trial.call()))
          if (context.traits.sync !== 'all') return
          await expectThrown('a write while the backend refuses', () => trial.raw.write([trial.put('a')], trial.call()))
        } finally {
          await context.subject.healBackend?.()
        }
      }),
  },
  {
    title: 'batches of any length and values of any size are answered at once',
    applies: whenReadsAreReady,
    run: async (context) => {
      const isAllReady = context.traits.sync === 'all'
      for (const count of [2, 5, 50, 300]) {
        await context.example(async (trial) => {
          const puts = numbered('key-', count).map((key) => trial.put(key))
          const written = trial.raw.write(puts, trial.call())
          if (isAllReady) expectReady(written, `a write of ${count}`)
          // In a stack, what is read waits for its key's turn.
          await written
          const keys = puts.map(({ key }) => key)
          expectReady(trial.raw.read(keys, trial.call()), `a read of ${count}`)
        })
      }
      if (!isAllReady || context.traits.values !== 'bytes' || context.subject.values !== undefined) return
      for (const size of LARGE_SIZES.filter((one) => one <= context.traits.maxValueBytes)) {
        await context.example((trial) => {
          const put = trial.put('a', { value: pattern(size) })
          expectReady(trial.raw.write([put], trial.call()), `a write of ${size} bytes`)
          expectReady(trial.raw.read(['a'], trial.call()), `a read of ${size} bytes`)
        })
      }
    },
  },
  {
    title: 'a single read, where the store has one, answers at once',
    applies: whenReadsAreReady,
    run: (context) =>
      context.example(async (trial) => {
        await trial.store.write([trial.put('a')], trial.call())
        const { own } = trial
        for (const key of ['a', 'b']) expectReady(own.readOne?.(key, trial.call()), 'a single read')
      }),
  },
)

const LARGEST_TRIED = 64 * 1024 * 1024

function refused({ traits, subject }: Facts, trial: Trial): readonly Change<unknown>[] {
  const isLimited = traits.values === 'bytes' && subject.values === undefined && traits.maxValueBytes <= LARGEST_TRIED
  return [trial.put(''), ...(isLimited ? [trial.put('a', { value: pattern(traits.maxValueBytes + 1) })] : [])]
}

function expectReady(answer: unknown, what: string): void {
  if (isPromise(answer)) broken(`${what} to answer at once`, 'a promise')
}

/** Whether it fails is for other laws to say; here a failure must not come as a promise. */
async function expectThrown(what: string, work: () => unknown): Promise<void> {
  let answer: unknown
  try {
    answer = work()
  } catch (error) {
    // Thrown at once: what is wanted, unless it is the judgement on a promise.
    if (brokenIn(error) !== undefined) throw error
    return
  }
  if (!isPromise(answer)) return
  await Promise.allSettled([answer])
  broken(`${what} to be thrown at once`, 'a promise')
}
