import { type Change, compareVersions, type Found } from '@cachette/core'
import fc from 'fast-check'
import { type Check, checksOf, type Facts, type Trial } from '../check.js'
import { broken, hooked, under, writeAll } from '../expect.js'
import { BUDGET_MS, budget, underEachFault, whenItBreaks } from '../faulty.js'
import { settled } from '../ready.js'

const KEYS = ['a', 'b', 'c', 'd']
const MAX_LOOKS = 200

const whenAtomic = ({ traits }: Facts): true | string =>
  (traits.atomicBatch && traits.evicts !== 'any') ||
  (traits.atomicBatch ? 'it may evict a part of a batch' : 'its batches are not declared to be atomic')

const and =
  (more: Check['applies']): Check['applies'] =>
  (facts) => {
    const atomic = whenAtomic(facts)
    return atomic === true ? more(facts) : atomic
  }

export const B4: readonly Check[] = checksOf(
  'B4',
  {
    title: 'who looks while a batch is written sees all of it or nothing',
    applies: whenAtomic,
    run: (context) =>
      context.property(
        fc.record({ removes: fc.boolean(), lapsBetween: fc.nat(2), looksByTask: fc.boolean() }),
        async ({ removes, lapsBetween, looksByTask }, trial) => {
          const before = puts(trial)
          await writeAll(trial, before)
          const batch = removes ? KEYS.map((key) => trial.remove(key)) : puts(trial)
          let isDone = false
          // Past the shell: it would make the reader wait, which another process would not.
          const writing = Promise.resolve(trial.raw.write(batch, trial.call())).finally(() => {
            isDone = true
          })
          for (let looks = 0; !isDone && looks < MAX_LOOKS; looks += 1) {
            await expectWhole(trial, [before, batch], 'while it was being written')
            for (let lap = 0; lap < lapsBetween; lap += 1) await Promise.resolve()
            if (looksByTask) await new Promise((resolve) => setImmediate(resolve))
          }
          await writing
          await expectWhole(trial, [batch], 'when it was written')
        },
        { share: 0.2 },
      ),
  },
  {
    title: 'after a kill there is all of a batch or nothing',
    applies: and(hooked('crash')),
    run: (context) =>
      context.property(
        fc.nat(4),
        async (laps, trial) => {
          const [before, batch] = [puts(trial), puts(trial)]
          await writeAll(trial, before)
          const lost = Promise.allSettled([trial.store.write(batch, trial.call())])
          for (let lap = 0; lap < laps; lap += 1) await Promise.resolve()
          await under('L3', () => trial.crash())
          await expectWhole(trial, [before, batch], 'after a kill')
          await lost
        },
        { share: 0.1 },
      ),
  },
  underEachFault(
    'when the backend fails there is all of a batch or nothing',
    and(whenItBreaks),
    async (trial, outage) => {
      const [before, batch] = [puts(trial), puts(trial)]
      await writeAll(trial, before)
      await outage.begin()
      const writing = settled(() => trial.store.write(batch, trial.call(budget(trial))))
      for (let step = 0; step < 20; step += 1) {
        await new Promise((resolve) => setImmediate(resolve))
        trial.clock.advance(BUDGET_MS / 10)
      }
      await outage.end()
      await writing
      await expectWhole(trial, [before, batch], 'after the backend failed')
    },
  ),
)

/** What a batch leaves under each key: the entry that it wrote, or nothing. */
type Batch = readonly Change<unknown>[]

function puts(trial: Trial): Batch {
  return KEYS.map((key) => trial.put(key))
}

async function expectWhole(trial: Trial, batches: readonly Batch[], when: string): Promise<void> {
  const found = await trial.raw.read(KEYS, trial.call())
  if (batches.some((batch) => batch.every((change, index) => isLeft(found[index], change)))) return
  broken(`all of a batch or nothing of it ${when}`, 'a part of it')
}

function isLeft(found: Found<unknown> | undefined, { entry }: Change<unknown>): boolean {
  if (found === undefined || entry === undefined) return found === entry
  return compareVersions(found.version, entry.version) === 0
}
