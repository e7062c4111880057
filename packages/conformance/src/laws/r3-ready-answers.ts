import { type Change, isPromise } from '@cachette/core'
import { type Check, checksOf, type Facts, type Trial } from '../check.js'
import { broken } from '../expect.js'
import { whenItBreaks } from '../faulty.js'
import { pattern } from '../format.js'

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
  } catch {
    // Thrown at once: what is wanted.
    return
  }
  if (!isPromise(answer)) return
  await Promise.allSettled([answer])
  broken(`${what} to be thrown at once`, 'a promise')
}
