import type { Change } from '@cachette/core'
import { type Check, checksOf, type Facts, type Trial } from '../check.js'
import { always, broken, expectCode, expectWrite, readOne, writeAll, writeOne } from '../expect.js'
import { pattern } from '../format.js'

/** What no store takes, and the code that refuses it. */
interface Bad {
  readonly what: string
  readonly code: string
  make(trial: Trial): Change<unknown>
}

const BAD_KEYS: readonly Bad[] = [
  { what: 'an empty key', code: 'INVALID_KEY', make: (trial) => trial.put('') },
  { what: 'half a surrogate pair as key', code: 'INVALID_KEY', make: (trial) => trial.put('\ud800') },
  { what: 'a key of 1,537 bytes', code: 'INVALID_KEY', make: (trial) => trial.put('x'.repeat(1_537)) },
]

const LARGEST_TRIED = 64 * 1024 * 1024

function badChanges({ traits, subject }: Facts): readonly Bad[] {
  if (traits.values !== 'bytes' || subject.values !== undefined || traits.maxValueBytes > LARGEST_TRIED) return BAD_KEYS
  const value = pattern(traits.maxValueBytes + 1)
  return [
    ...BAD_KEYS,
    { what: 'a value that is too large', code: 'TOO_LARGE', make: (trial) => trial.put('z', { value }) },
  ]
}

export const B2: readonly Check[] = checksOf(
  'B2',
  {
    title: 'one bad change and nothing of the batch is applied',
    applies: always,
    run: async (context) => {
      for (const bad of badChanges(context)) {
        await context.example(async (trial) => {
          const before = trial.put('a')
          await writeOne(trial, before)
          const batch = [trial.put('a'), trial.put('b'), bad.make(trial), trial.remove('a')]
          await expectCode(bad.code, `a batch with ${bad.what}`, () => writeAll(trial, batch))
          expectWrite(await readOne(trial, 'a'), before, "key 'a', whose batch was refused,")
          const leaked = await readOne(trial, 'b')
          if (leaked !== undefined) broken("nothing under key 'b', whose batch was refused", 'an entry of that batch')
        })
      }
    },
  },
  {
    title: 'one bad key and nothing of the batch is read',
    applies: always,
    run: async (context) => {
      for (const bad of BAD_KEYS) {
        await context.example(async (trial) => {
          await writeOne(trial, trial.put('a'))
          await expectCode(bad.code, `a batch with ${bad.what}`, () =>
            trial.store.read(['a', bad.make(trial).key], trial.call()),
          )
        })
      }
    },
  },
)
