import { type Awaitable, type Change, type Found, isPromise, type Store } from '@cachette/core'
import type { Check, CheckContext, Facts, Trial } from '../check.js'
import { broken, expectEqual } from '../expect.js'
import { anyHeader } from '../headers.js'
import { isLayered } from '../layered.js'
import { settled } from '../ready.js'
import { states } from '../states.js'
import { falsyValues } from '../values.js'

const SHOWS = ['live', 'kept', 'all'] as const
const WANTS = ['value', 'header'] as const

type ReadOne = NonNullable<Store<unknown>['readOne']>

/** Layers know of no single read: it stands between a store and its shell alone. */
const applies = ({ subject }: Facts): true | string => !isLayered(subject) || 'it is asked of the store below'

/** The one verb that has a second form: it may be faster, and never anything else. */
export const B1_SINGLE_READ: readonly Check[] = [
  {
    law: 'B1',
    title: 'a single read, where the store has one, gives what a batch of one gives',
    applies,
    run: async (context: CheckContext): Promise<void> => {
      for (const state of states(context)) {
        await context.example(async (trial) => {
          await state.enter(trial)
          const readOne = singleOf(trial)
          if (readOne === undefined) return
          for (const show of SHOWS) {
            for (const want of WANTS) {
              const call = trial.call({ show, want })
              const single = readOne('a', call)
              const batch = trial.raw.read(['a'], call)
              const what = `a single read of a key ${state.words}`
              if (isPromise(single) && context.traits.sync !== 'none') broken(`${what} to be ready`, 'a promise', 'R3')
              const [one, other] = [await single, (await batch)[0]]
              // Whether a value that was not asked for is there may differ.
              if (want === 'header') expectEqual(one && { ...one, value: 0 }, other && { ...other, value: 0 }, what)
              else expectEqual(one, other, what)
            }
          }
        })
      }
    },
  },
  {
    law: 'B1',
    title: 'a single read, where the store has one, gives values exactly, and copies where a batch does',
    applies,
    run: (context) =>
      context.property(
        context.values.arbitrary,
        async (value, trial) => {
          await trial.store.write([trial.put('a', { value })], trial.call())
          const readOne = singleOf(trial)
          if (readOne === undefined) return
          const found = await readOne('a', trial.call())
          if (found === undefined || !context.values.equal(found.value, value))
            broken('the value as it was written', 'another')
          if (!context.traits.isolated || !(found.value instanceof Uint8Array)) return
          found.value.fill(0x5a)
          const again = await readOne('a', trial.call())
          if (!context.values.equal(again?.value, value))
            broken('what is stored to stay as it was', 'what the reader made of it')
        },
        { share: 0.2 },
      ),
  },
  {
    law: 'B1',
    title: 'a single read fails as a batch does',
    applies: ({ subject }) => subject.breakBackend !== undefined || 'the subject has no breakBackend',
    run: (context) =>
      context.example(async (trial) => {
        const readOne = singleOf(trial)
        if (readOne === undefined) return
        await context.subject.breakBackend?.('refuse')
        try {
          const outcome = await settled((): Awaitable<Found<unknown> | undefined> => readOne('a', trial.call()))
          if ('value' in outcome) broken('a single read to fail where the backend refuses', 'an answer', 'F2')
        } finally {
          await context.subject.healBackend?.()
        }
      }),
  },
  {
    law: 'B1',
    title: 'a single read, where the store has one, gives whole headers and falsy values as a batch does',
    applies,
    run: async (context: CheckContext): Promise<void> => {
      await context.property(
        anyHeader,
        async (header, trial) => compareSingle(trial, trial.put('a', header(trial.clock.now()))),
        { share: 0.3 },
      )
      for (const value of falsyValues(context)) {
        await context.example((trial) => compareSingle(trial, trial.put('a', { value })))
      }
    },
  },
]

async function compareSingle(trial: Trial, put: Change<unknown>): Promise<void> {
  const readOne = singleOf(trial)
  if (readOne === undefined) return
  await trial.store.write([put], trial.call())
  const call = trial.call({ show: 'all' })
  const [batch] = await trial.raw.read(['a'], call)
  expectEqual(await readOne('a', call), batch, 'a single read, as a batch of one,')
}

function singleOf({ own }: Trial): ReadOne | undefined {
  return own.readOne?.bind(own)
}
