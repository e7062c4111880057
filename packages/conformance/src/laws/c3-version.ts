import type { Change, Version } from '@cachette/core'
import { type Check, checksOf, type Trial } from '../check.js'
import { expectAnswer, expectNothing, expectWrite, readOne, whenItJudges, writeOne } from '../expect.js'
import { states } from '../states.js'

/** Versions that a careless comparison takes for the one that is stored. */
const OTHERS: readonly { readonly words: string; of(version: Version): Version }[] = [
  { words: 'an earlier time', of: (version) => ({ ...version, time: version.time - 1 }) },
  { words: 'a later time', of: (version) => ({ ...version, time: version.time + 1 }) },
  { words: 'the same time and another count', of: (version) => ({ ...version, count: version.count + 1 }) },
  {
    words: 'the same time and count and another writer',
    of: (version) => ({ ...version, writer: version.writer + 1 }),
  },
  {
    words: 'a writer that differs beyond 32 bits',
    of: (version) => ({ ...version, writer: version.writer + 2 ** 40 }),
  },
]

export const C3: readonly Check[] = checksOf(
  'C3',
  {
    title: 'the version that is stored holds, visible or not',
    applies: whenItJudges,
    run: async (context) => {
      for (const state of states(context)) {
        await context.example(async (trial) => {
          const stored = await state.enter(trial)
          const version = stored?.version ?? trial.version()
          const what = `a put on the ${stored === undefined ? 'condition of some version' : 'stored version'} over a key ${state.words}`
          expectAnswer(await writeOne(trial, trial.put('a', { when: { version } })), stored !== undefined, what)
        })
      }
    },
  },
  {
    title: 'no other version holds, however much alike',
    applies: whenItJudges,
    run: async (context) => {
      for (const state of states(context)) {
        for (const { words, of } of OTHERS) {
          await context.example(async (trial) => {
            const stored = await state.enter(trial)
            if (stored === undefined) return
            await expectOther(trial, stored, of(stored.version), `${words}, over a key ${state.words},`)
          })
        }
      }
    },
  },
  {
    title: 'a version that was replaced holds no longer',
    applies: whenItJudges,
    run: (context) =>
      context.example(async (trial) => {
        const first = trial.put('a')
        await writeOne(trial, first)
        await writeOne(trial, trial.put('a'))
        await expectOther(trial, first, first.version, 'a version that was replaced')
        await writeOne(trial, trial.remove('a'))
        await expectOther(trial, first, first.version, 'a version that was removed')
      }),
  },
  {
    title: 'a version holds by what it says, whoever made it',
    applies: whenItJudges,
    run: async (context) => {
      for (const verb of ['put', 'remove'] as const) {
        await context.example(async (trial) => {
          const stored = trial.put('a')
          await writeOne(trial, stored)
          const { time, count, writer } = stored.version
          const when = { version: { writer, count, time } }
          const change = verb === 'put' ? trial.put('a', { when }) : trial.remove('a', { when })
          await writeOne(trial, change)
          const found = await readOne(trial, 'a')
          const what = `key 'a' after a ${verb} on a copy of the stored version`
          if (verb === 'put') expectWrite(found, change, what)
          else expectNothing(found, what)
        })
      }
    },
  },
)

async function expectOther(trial: Trial, { key }: Change<unknown>, version: Version, words: string): Promise<void> {
  expectAnswer(await writeOne(trial, trial.put(key, { when: { version } })), false, `a put on ${words}`)
}
