import { type Check, checksOf } from '../check.js'
import { always, expectAnswer, expectNothing, readOne, whenItJudges, writeOne } from '../expect.js'
import { states } from '../states.js'

export const C6: readonly Check[] = checksOf(
  'C6',
  {
    title: 'a removal over every state that a key can be in',
    applies: always,
    run: async (context) => {
      for (const state of states(context)) {
        await context.example(async (trial) => {
          await state.enter(trial)
          const done = await writeOne(trial, trial.remove('a'))
          expectAnswer(done, state.isVisible, `removing a key ${state.words}`)
          expectNothing(await readOne(trial, 'a', { show: 'all' }), `a key ${state.words}, when it was removed,`)
          expectAnswer(await writeOne(trial, trial.remove('a')), false, 'removing it again')
        })
      }
    },
  },
  {
    title: 'a removal whose version holds over something that cannot be seen removes it, and answers false',
    applies: whenItJudges,
    run: async (context) => {
      for (const state of states(context)) {
        await context.example(async (trial) => {
          const stored = await state.enter(trial)
          if (stored === undefined) return
          const when = { version: stored.version }
          const done = await writeOne(trial, trial.remove('a', { when }))
          expectAnswer(done, state.isVisible, `removing the stored version of a key ${state.words}`, done ? 'C6' : 'C3')
          expectNothing(
            await readOne(trial, 'a', { show: 'all' }),
            `a key ${state.words}, when its version was removed,`,
            'C3',
          )
        })
      }
    },
  },
)
