import { type Check, checksOf, type Trial } from '../check.js'
import { broken, expectNothing, readOne, whenItJudges, writeAll, writeOne } from '../expect.js'
import { budget, inTime, underEachFault, whenItBreaks } from '../faulty.js'
import type { Settled } from '../ready.js'

/** How long after a call was made the backend is back: what repeats the call by itself does so from then on with success. */
const LAPS = [0, 1, 2, 4] as const

/** What is asked of conditions and clears while the backend fails. */
export const F2_CHANGES: readonly Check[] = checksOf(
  'F2',
  underEachFault(
    'a clear that cannot reach the backend does not answer as if it had cleared',
    whenItBreaks,
    async (trial, outage) => {
      await writeAll(trial, [trial.put('a'), trial.put('b')])
      await outage.begin()
      const outcome = await inTime(trial, 'clear', () => trial.store.clear('', trial.call(budget(trial))))
      await outage.end()
      if ('error' in outcome) return
      for (const key of ['a', 'b']) {
        const what = `key '${key}' after a clear that was answered while the backend failed (${outage.fault})`
        expectNothing(await readOne(trial, key), what)
      }
    },
  ),
  underEachFault(
    'a condition that cannot be judged is not answered as one that does not hold',
    (facts) => (whenItJudges(facts) === true ? whenItBreaks(facts) : whenItJudges(facts)),
    async (trial, outage) => {
      const [present, versioned] = [trial.put('present'), trial.put('versioned')]
      await writeAll(trial, [present, versioned])
      await outage.begin()
      const changes = [
        trial.put('absent', { when: 'absent' }),
        trial.put('vacant', { when: 'vacant' }),
        trial.put('present', { when: 'present' }),
        trial.remove('versioned', { when: { version: versioned.version } }),
      ]
      const outcomes = await Promise.all(
        changes.map((change) => inTime(trial, 'write', () => trial.store.write([change], trial.call(budget(trial))))),
      )
      for (const [index, outcome] of outcomes.entries()) {
        expectNoRefusal(outcome, `a change of key '${changes[index]?.key}' whose condition holds (${outage.fault})`)
      }
    },
  ),
  underEachFault(
    'a write is not repeated by itself, so that its own effect is not taken for that of another',
    (facts) => (whenItJudges(facts) === true ? whenItBreaks(facts) : whenItJudges(facts)),
    async (trial, outage) => {
      for (const laps of LAPS) {
        const [added, removed] = [`added-${laps}`, `removed-${laps}`]
        await writeOne(trial, trial.put(removed))
        await outage.begin()
        const add = begun(trial, trial.put(added, { when: 'absent' }))
        const removal = begun(trial, trial.remove(removed))
        for (let lap = 0; lap < laps; lap += 1) await Promise.resolve()
        await outage.end()
        expectNoRefusal(await add, `a put on 'absent' of key '${added}', which nobody else wrote (${outage.fault}),`)
        expectNoRefusal(await removal, `a removal of key '${removed}', which nobody else removed (${outage.fault}),`)
      }
    },
  ),
)

function begun(trial: Trial, change: Parameters<typeof writeOne>[1]): Promise<Settled<readonly boolean[]>> {
  return inTime(trial, 'write', () => trial.store.write([change], trial.call(budget(trial))))
}

function expectNoRefusal(outcome: Settled<readonly boolean[]>, what: string): void {
  if ('value' in outcome && outcome.value[0] !== true) broken(`${what} to be done or to fail`, 'the answer false')
}
