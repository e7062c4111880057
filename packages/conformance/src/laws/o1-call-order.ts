import fc from 'fast-check'
import type { Check, Facts } from '../check.js'
import { checkClients, clientTurns } from '../clients.js'
import { always } from '../expect.js'
import { makeAll, steps } from '../overlap.js'
import { scheduled, settleWith } from '../scheduling.js'

const someSteps = ({ traits }: Facts) => steps({ conditions: traits.conditional !== 'none', clears: false })

export const O1: readonly Check[] = [
  {
    law: 'O1',
    title: 'calls made at once take effect in the order in which they were made, however late each is answered',
    applies: always,
    run: (context) =>
      context.property(
        fc.record({ all: someSteps(context), scheduler: fc.scheduler() }),
        ({ all, scheduler }, trial) => makeAll(trial, all, (answers) => settleWith(scheduler, answers)),
        { wrap: (store, { scheduler }) => scheduled(store, scheduler) },
      ),
  },
  {
    law: 'O1',
    title: 'calls made at once take effect in the order in which they were made, at the pace of the store',
    applies: always,
    run: (context) =>
      context.property(someSteps(context), (all, trial) => makeAll(trial, all, (answers) => answers), { share: 0.5 }),
  },
  {
    law: 'O1',
    title: 'clients that wait for their own calls agree on one order of all',
    applies: always,
    run: (context) =>
      context.property(
        fc.record({ turns: clientTurns(context.traits), scheduler: fc.scheduler() }),
        ({ turns, scheduler }, trial) =>
          checkClients(
            trial,
            turns,
            () => trial.store,
            (answers) => settleWith(scheduler, answers),
          ),
        { wrap: (store, { scheduler }) => scheduled(store, scheduler), share: 0.5 },
      ),
  },
]
