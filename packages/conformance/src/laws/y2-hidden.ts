import type { Condition } from '@cachette/core'
import fc from 'fast-check'
import type { Check, CheckContext, Trial } from '../check.js'
import {
  broken,
  expectAnswer,
  expectNothing,
  expectWrite,
  readOne,
  scanAll,
  whenItJudges,
  whenItScans,
  writeOne,
} from '../expect.js'
import { isLayered, whenItHides } from '../layered.js'

const KEY = 'a'
const OTHER = 'b'

/** How a key may come to be asked of among others. */
const batches = fc.constantFrom([KEY], [KEY, KEY], [OTHER, KEY], [KEY, OTHER, KEY])

const judged: readonly { readonly when: Condition; readonly removes: boolean; readonly answer: boolean }[] = [
  { when: 'absent', removes: false, answer: true },
  { when: 'vacant', removes: false, answer: true },
  { when: 'present', removes: false, answer: false },
  { when: 'present', removes: true, answer: false },
  { when: 'absent', removes: true, answer: false },
  { when: 'vacant', removes: true, answer: false },
]

export const Y2: readonly Check[] = [
  {
    law: 'Y2',
    title: 'a read, of values and of headers, gives nothing of what is hidden',
    applies: whenItHides,
    run: (context) =>
      context.property(
        fc.record({ keys: batches, want: fc.constantFrom('value', 'header'), show: fc.constantFrom('live', 'kept') }),
        async ({ keys, want, show }, trial) => {
          await hidden(context, trial)
          const found = await trial.store.read(keys, trial.call({ want, show }))
          for (const [index, key] of keys.entries()) {
            if (key === KEY) expectNothing(found[index], `key '${KEY}', which is hidden,`)
            else if (found[index] === undefined) broken(`key '${key}', which is not hidden, to be there`, 'nothing')
          }
        },
        { share: 0.3 },
      ),
  },
  {
    law: 'Y2',
    title: 'a scan gives nothing of what is hidden',
    applies: (facts) => (whenItHides(facts) === true ? whenItScans(facts) : whenItHides(facts)),
    run: (context) =>
      context.property(
        fc.constantFrom('value', 'header'),
        async (want, trial) => {
          await hidden(context, trial)
          const keys = (await scanAll(trial, '', { want })).map(([key]) => key)
          if (keys.includes(KEY)) broken(`a scan without key '${KEY}', which is hidden`, 'one with it')
          if (!keys.includes(OTHER)) broken(`a scan with key '${OTHER}', which is not hidden`, 'one without it')
        },
        { share: 0.05 },
      ),
  },
  {
    law: 'Y2',
    title: 'every condition takes what is hidden for absent',
    applies: (facts) => (whenItHides(facts) === true ? whenItJudges(facts) : whenItHides(facts)),
    run: (context) =>
      context.property(
        fc.record({ one: fc.constantFrom(...judged), among: fc.boolean() }),
        async ({ one: { when, removes, answer }, among }, trial) => {
          await hidden(context, trial)
          const change = removes ? trial.remove(KEY, { when }) : trial.put(KEY, { when })
          const others = among ? [trial.put(OTHER)] : []
          const answers = await trial.store.write([...others, change], trial.call())
          expectAnswer(
            answers.at(-1),
            answer,
            `${removes ? 'a removal' : 'a put'} of a hidden key when ${String(when)}`,
          )
          const found = await readOne(trial, KEY)
          if (!removes && answer) expectWrite(found, change, 'what was put over a hidden entry')
          else expectNothing(found, 'what is hidden')
        },
        { share: 0.5 },
      ),
  },
  {
    law: 'Y2',
    title: 'changes to what is hidden are judged in order, as over nothing',
    applies: (facts) => (whenItHides(facts) === true ? whenItJudges(facts) : whenItHides(facts)),
    run: (context) =>
      context.example(async (trial) => {
        await hidden(context, trial)
        const batch = [
          trial.put(KEY, { when: 'absent' }),
          trial.put(KEY, { when: 'absent' }),
          trial.remove(KEY),
          trial.remove(KEY),
        ]
        const answers = await trial.store.write(batch, trial.call())
        for (const [index, expected] of [true, false, true, false].entries()) {
          expectAnswer(answers[index], expected, `change ${index + 1} of add, add, remove, remove over a hidden entry`)
        }
      }),
  },
  {
    law: 'Y2',
    title: 'a removal of what is hidden removed nothing, and a put is seen',
    applies: whenItHides,
    run: (context) =>
      context.property(
        fc.boolean(),
        async (puts, trial) => {
          await hidden(context, trial)
          if (!puts) {
            expectAnswer(await writeOne(trial, trial.remove(KEY)), false, 'a removal of a hidden key')
            expectNothing(await readOne(trial, KEY), 'what was hidden, then removed,')
            return
          }
          const put = trial.put(KEY)
          expectAnswer(await writeOne(trial, put), true, 'a put over a hidden entry')
          expectWrite(await readOne(trial, KEY), put, 'what was put over a hidden entry')
        },
        { share: 0.1 },
      ),
  },
]

/** Two entries, the first of them hidden. */
async function hidden({ subject }: CheckContext, trial: Trial): Promise<void> {
  await trial.store.write([trial.put(KEY), trial.put(OTHER)], trial.call())
  if (isLayered(subject)) await subject.hide?.(trial.store, KEY, trial.call())
  trial.note(`await subject.hide({ store, layers }, '${KEY}', call())`)
  trial.clock.advance(1)
}
