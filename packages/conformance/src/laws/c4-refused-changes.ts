import { type Condition, compareVersions, type Found, type Version } from '@cachette/core'
import { type Check, type CheckContext, checksOf, type PutOptions, type Trial } from '../check.js'
import { broken, difference, expectAnswer, expectEqual, readOne, whenItJudges, writeAll, writeOne } from '../expect.js'
import { type State, states } from '../states.js'

type Verb = 'put' | 'remove'

export const C4: readonly Check[] = checksOf(
  'C4',
  {
    title: 'a put or removal whose condition does not hold answers false and leaves everything as it was',
    applies: whenItJudges,
    run: async (context) => {
      for (const state of states(context)) {
        for (const verb of ['put', 'remove'] as const) {
          for (const when of failing(state)) {
            await context.example((trial) => expectUnchanged(context, trial, state, verb, when))
          }
        }
      }
    },
  },
  {
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
          if (!isSame(found, change))
            broken(`key '${change.key}' to hold what its own condition let in`, describe(found))
        }
      }),
  },
  {
    title: 'what has no condition is done, and answers true',
    applies: () => true,
    run: async (context) => {
      for (const state of states(context)) {
        await context.example(async (trial) => {
          await state.enter(trial)
          expectAnswer(
            await writeOne(trial, trial.put('a')),
            true,
            `a put without a condition over a key ${state.words}`,
          )
        })
      }
    },
  },
)

/** Conditions that do not hold over the state; a version of one's own making never does. */
function failing(state: State): readonly (Condition | 'other version')[] {
  const vacant = state.isLive ? (['vacant'] as const) : []
  return [state.isVisible ? 'absent' : 'present', ...vacant, 'other version']
}

/** Nothing of it is like what is stored. */
function unlike(trial: Trial): PutOptions {
  const staleAt = trial.clock.now() + 7_000
  const later = { staleAt, expiresAt: staleAt + 1, keptUntil: staleAt + 9_000 }
  return { ...later, tags: [{ name: 'refused' }], marks: { refused: true } }
}

async function expectUnchanged(
  { values }: CheckContext,
  trial: Trial,
  state: State,
  verb: Verb,
  condition: Condition | 'other version',
): Promise<void> {
  await state.enter(trial)
  const before = await readOne(trial, 'a', { show: 'all' })
  const when = condition === 'other version' ? { version: trial.version() } : condition
  const change = verb === 'put' ? trial.put('a', { ...unlike(trial), when }) : trial.remove('a', { when })
  const words = typeof when === 'string' ? `'${when}'` : 'another version'
  const what = `a ${verb} on ${words} over a key ${state.words}`
  const done = await writeOne(trial, change)
  // Whether a put's condition holds is for C1, C2 and C3 to say; of one that does not, nothing may be left.
  if (verb === 'put' && done) return
  const after = await readOne(trial, 'a', { show: 'all' })
  if (!isSame(before, after)) broken(`${what} to change nothing`, describe(after))
  if (before !== undefined && after !== undefined) {
    const different = difference(after, before, values)
    if (different !== undefined) broken(`${what} to leave the ${different.name} ${different.expected}`, different.got)
  }
  expectAnswer(done, false, what)
}

interface Versioned {
  readonly version: Version
}

function isSame(a: Versioned | undefined, b: Versioned | undefined): boolean {
  return a === undefined || b === undefined ? a === b : compareVersions(a.version, b.version) === 0
}

function describe(found: Found<unknown> | undefined): string {
  return found === undefined ? 'nothing there any more' : `another entry there, of kind ${found.kind}`
}
