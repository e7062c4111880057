import type { Condition, Store } from '@cachette/core'
import fc from 'fast-check'
import type { Check, Facts, Trial } from '../check.js'
import { checkClients, clientTurns } from '../clients.js'
import { broken, hooked, whenItJudges, writeOne } from '../expect.js'
import { isSameWrite, settleAll } from '../overlap.js'
import { scheduled, settleWith } from '../scheduling.js'

const whenItIsShared = (facts: Facts): true | string =>
  facts.traits.conditional === 'shared' ? hooked('join')(facts) : 'its conditions hold within a process'

/** What several writers fight for. Each wins at most once, since winning makes the condition fail for all others. */
const PRIZES = ['absent', 'vacant', 'version', 'removal'] as const
const prize = fc.constantFrom(...PRIZES)

export const C5: readonly Check[] = [
  {
    law: 'C5',
    title: 'of writers that are made to race in one process, one wins',
    applies: whenItJudges,
    run: (context) =>
      context.property(
        fc.record({ prize, writers: fc.integer({ min: 2, max: 5 }), scheduler: fc.scheduler() }),
        async ({ prize, writers, scheduler }, trial) => {
          const when = await settleWith(scheduler, offer(trial, prize))
          const stores = Array.from({ length: writers }, () => trial.store)
          await race(trial, prize, when, stores, (answers) => settleWith(scheduler, answers))
        },
        { wrap: (store, { scheduler }) => scheduled(store, scheduler) },
      ),
  },
  {
    law: 'C5',
    title: 'of writers past the shell, as those of another copy of core are, one wins',
    applies: whenItJudges,
    run: (context) =>
      context.property(
        fc.record({ prize, writers: fc.integer({ min: 2, max: 5 }) }),
        async ({ prize, writers }, trial) => {
          const when = await offer(trial, prize)
          await race(
            trial,
            prize,
            when,
            Array.from({ length: writers }, () => trial.raw),
            (answers) => answers,
          )
        },
        { share: 0.3 },
      ),
  },
  {
    law: 'C5',
    title: 'of writers in several processes, one wins',
    applies: whenItIsShared,
    run: (context) =>
      context.property(
        fc.record({ prize, peers: fc.integer({ min: 1, max: 2 }) }),
        async ({ prize, peers }, trial) => {
          const when = await offer(trial, prize)
          const stores = [trial.store]
          for (let peer = 0; peer < peers; peer += 1) stores.push(await trial.join())
          await race(trial, prize, when, [...stores, ...stores], (answers) => answers)
        },
        { share: 0.3 },
      ),
  },
  {
    law: 'C5',
    title: 'clients in several processes agree on one order of all changes',
    applies: whenItIsShared,
    run: (context) =>
      context.property(
        clientTurns(context.traits),
        async (turns, trial) => {
          const stores = [trial.store]
          while (stores.length < turns.length) stores.push(await trial.join())
          await checkClients(
            trial,
            turns,
            (client) => stores[client] ?? trial.store,
            (answers) => answers,
          )
        },
        { share: 0.3 },
      ),
  },
]

/** Sets the stage, and gives the condition that all will ask for. */
async function offer(trial: Trial, prize: (typeof PRIZES)[number]): Promise<Condition> {
  if (prize === 'absent' || prize === 'vacant') return prize
  const put = trial.put('a')
  await writeOne(trial, put)
  return prize === 'removal' ? 'present' : { version: put.version }
}

async function race(
  trial: Trial,
  prize: (typeof PRIZES)[number],
  when: Condition,
  stores: readonly Store<unknown>[],
  settle: <T>(answers: Promise<T>) => Promise<T>,
): Promise<void> {
  const changes = stores.map(() => (prize === 'removal' ? trial.remove('a', { when }) : trial.put('a', { when })))
  const answers = await settle(
    settleAll(stores.map(async (store, index) => store.write(changes.slice(index, index + 1), trial.call()))),
  )
  const winners = changes.filter((_, index) => answers[index]?.[0] === true)
  const [winner, ...others] = winners
  if (winner === undefined || others.length > 0) {
    broken(`one of ${stores.length} writers to win`, `${winners.length} that did`)
  }
  const [found] = await settle(Promise.all([trial.store.read(['a'], trial.call())]).then(([one]) => one))
  if (winner.entry === undefined ? found !== undefined : !isSameWrite(found, winner)) {
    broken('the winner to have had its way', found === undefined ? 'nothing stored' : 'something else stored')
  }
}
