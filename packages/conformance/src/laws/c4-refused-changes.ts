import { type Change, type Condition, compareVersions, type Found } from '@cachette/core'
import type { Check, Trial } from '../check.js'
import { broken, expectAnswer, expectEqual, readOne, whenItJudges, writeAll, writeOne } from '../expect.js'
import { type State, states } from '../states.js'

type Verb = 'put' | 'remove'

export const C4: readonly Check[] = [
  {
    law: 'C4',
    title: 'a put or removal whose condition does not hold answers false and leaves everything as it was',
    applies: whenItJudges,
    run: async (context) => {
      for (const state of states()) {
        for (const verb of ['put', 'remove'] as const) {
          for (const when of failing(state)) {
            await context.example((trial) => expectUnchanged(trial, state, verb, when))
          }
        }
      }
    },
  },
  {
    law: 'C4',
    title: 'a condition that does not hold stops its own change alone',
    applies: whenItJudges,
    run: (context) =>
      context.example(async (trial) => {
        const kept = trial.put('b')
        await writeOne(trial, kept)
        const batch = [trial.put('a'), trial.put('b', { when: 'absent' }), trial.put('c')]
        expectEqual(await writeAll(trial, batch), [true, false, true], 'the answers to the batch')
        for (const change of [batch[0], kept, batch[2]]) {
          if (change === undefined) continue
          const found = await readOne(trial, change.key)
          if (!isWrite(found, change)) broken(`key '${change.key}' to hold what its own condition let in`, describe(found))
        }
      }),
  },
  {
    law: 'C4',
    title: 'what has no condition is done, and answers true',
    applies: () => true,
    run: async (context) => {
      for (const state of states()) {
        await context.example(async (trial) => {
          await state.enter(trial)
          expectAnswer(await writeOne(trial, trial.put('a')), true, `a put without a condition over a key ${state.words}`)
        })
      }
    },
  },
]

/** Conditions that do not hold over the state; a version of one's own making never does. */
function failing(state: State): readonly (Condition | 'other version')[] {
  const vacant = state.isLive ? (['vacant'] as const) : []
  return [state.isVisible ? 'absent' : 'present', ...vacant, 'other version']
}

async function expectUnchanged(trial: Trial, state: State, verb: Verb, condition: Condition | 'other version'): Promise<void> {
  const stored = await state.enter(trial)
  const when = condition === 'other version' ? { version: trial.version() } : condition
  const change = verb === 'put' ? trial.put('a', { when }) : trial.remove('a', { when })
  const words = typeof when === 'string' ? `'${when}'` : 'another version'
  const done = await writeOne(trial, change)
  const found = await readOne(trial, 'a', { show: 'all' })
  const what = `a ${verb} on ${words} over a key ${state.words}`
  if (!isWrite(found, stored)) broken(`${what} to change nothing`, describe(found))
  expectAnswer(done, false, what)
}

function isWrite(found: Found<unknown> | undefined, change: Change<unknown> | undefined): boolean {
  if (found === undefined || change === undefined) return found === change
  return compareVersions(found.version, change.version) === 0
}

function describe(found: Found<unknown> | undefined): string {
  return found === undefined ? 'nothing there any more' : `another entry there, of kind ${found.kind}`
}
