import fc from 'fast-check'
import type { Check, Facts } from '../check.js'
import { always, expectNothing, expectWrite } from '../expect.js'
import { makeAll, steps } from '../overlap.js'
import { scheduled, settleWith } from '../scheduling.js'

/** A store that cannot list its keys clears at the ends of namespaces alone. */
const someSteps = ({ traits }: Facts) =>
  steps({
    conditions: traits.conditional !== 'none',
    clears: true,
    prefixes: traits.scan === 'none' ? [''] : undefined,
  })

export const O3: readonly Check[] = [
  {
    law: 'O3',
    title: 'a clear takes its place among the calls that are made with it, however late each is answered',
    applies: always,
    run: (context) =>
      context.property(
        fc.record({ all: someSteps(context), scheduler: fc.scheduler() }),
        ({ all, scheduler }, trial) => makeAll(trial, all, (answers) => settleWith(scheduler, answers)),
        { wrap: (store, { scheduler }) => scheduled(store, scheduler) },
      ),
  },
  {
    law: 'O3',
    title: 'a clear takes its place among the calls that are made with it, at the pace of the store',
    applies: always,
    run: (context) =>
      context.property(someSteps(context), (all, trial) => makeAll(trial, all, (answers) => answers), { share: 0.5 }),
  },
  {
    law: 'O3',
    title: 'what is written at the moment of a clear, and after it, is kept',
    applies: always,
    run: (context) =>
      context.example(async (trial) => {
        const [before, after] = [trial.put('a'), trial.put('b')]
        const calls = [
          async () => trial.store.write([before], trial.call()),
          async () => trial.store.clear('', trial.call()),
          async () => trial.store.write([after], trial.call()),
        ]
        await Promise.all(calls.map((call) => call()))
        const [first, second] = await trial.store.read(['a', 'b'], trial.call())
        expectNothing(first, "key 'a', put before the clear,")
        expectWrite(second, after, "key 'b', put after the clear,")
      }),
  },
]
