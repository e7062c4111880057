import { type Check, checksOf, type Facts } from '../check.js'
import { broken, difference, hooked, readOne, writeOne } from '../expect.js'
import { anyPast, expectAllOf, live } from '../survival.js'
import { isFair } from '../sweep.js'

const applies = (facts: Facts): true | string =>
  facts.traits.lives === 'process' ? 'its entries live no longer than the process' : hooked('reopen')(facts)

export const L2: readonly Check[] = checksOf(
  'L2',
  {
    title: 'what was written, removed and cleared is so after closing and opening again',
    applies,
    run: (context) =>
      context.property(
        anyPast(),
        async (past, trial) => {
          if (!isFair(context, past.keys)) return
          const expected = await live(trial, past)
          await trial.reopen()
          await expectAllOf(trial, expected, 'after closing and opening again')
        },
        { share: 0.25 },
      ),
  },
  {
    title: 'an entry is the same after closing and opening again',
    applies,
    run: (context) =>
      context.property(
        context.values.arbitrary,
        async (value, trial) => {
          const now = trial.clock.now()
          const put = trial.put('a', { value, staleAt: now + 1, tags: [{ name: 't', marker: 'm' }], marks: { m: 1 } })
          await writeOne(trial, put)
          await trial.reopen()
          const found = await readOne(trial, 'a')
          if (found === undefined || put.entry === undefined) return broken('the entry after opening again', 'nothing')
          const different = difference(found, put.entry, context.values)
          if (different !== undefined) broken(`its ${different.name} to be ${different.expected}`, different.got)
        },
        { share: 0.1 },
      ),
  },
)
