import { compareVersions } from '@cachette/core'
import fc from 'fast-check'
import { type Check, checksOf, type Facts } from '../check.js'
import { broken, difference, hooked, readEach } from '../expect.js'
import { brief } from '../format.js'
import { anyPast, expectAllOf, live } from '../survival.js'
import { isFair } from '../sweep.js'

const applies = (facts: Facts): true | string =>
  facts.traits.lives === 'process' ? 'its entries live no longer than the process' : hooked('crash')(facts)

export const L3: readonly Check[] = checksOf(
  'L3',
  {
    title: 'what was acknowledged is there after a kill',
    applies,
    run: (context) =>
      context.property(
        anyPast(),
        async (past, trial) => {
          if (!isFair(context, past.keys)) return
          const expected = await live(trial, past)
          await trial.crash()
          await expectAllOf(trial, expected, 'after a kill')
        },
        { share: 0.25 },
      ),
  },
  {
    title: 'what was being written at a kill is whole or as it was before',
    applies,
    run: (context) =>
      context.property(
        fc.tuple(anyPast(), fc.nat(3)),
        async ([past, laps], trial) => {
          if (!isFair(context, past.keys)) return
          const expected = await live(trial, past)
          const keys = [...expected.keys()]
          const puts = keys.map((key) => trial.put(key))
          const lost = Promise.allSettled([trial.store.write(puts, trial.call())])
          for (let lap = 0; lap < laps; lap += 1) await Promise.resolve()
          await trial.crash()
          const found = await readEach(trial, keys)
          for (const [index, put] of puts.entries()) {
            const entry = found[index]
            const before = expected.get(put.key)
            const written = [before, put].find(
              (one) => one !== undefined && entry !== undefined && compareVersions(one.version, entry.version) === 0,
            )
            const isWhole =
              entry === undefined
                ? before === undefined
                : written?.entry !== undefined && difference(entry, written.entry, context.values) === undefined
            if (!isWhole)
              broken(
                `key ${brief(put.key)} to be whole or as it was before the kill`,
                entry === undefined ? 'nothing' : 'something else',
              )
          }
          await lost
        },
        { share: 0.25 },
      ),
  },
)
