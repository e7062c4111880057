import { SEPARATOR } from '@cachette/core'
import { type Check, checksOf, type Facts, type Trial } from '../check.js'
import { collect } from '../expect.js'
import { budget, inTime, underEachFault, untilItWorks, whenItBreaks } from '../faulty.js'

/** More calls than a pool has connections, or a layer places. */
const ROUNDS = 20

/** Keys and prefixes of their own, so that each reaches the backend and none waits for another. */
export const F3_EVERY_VERB: readonly Check[] = checksOf(
  'F3',
  underEachFault(
    'after many failures of every verb each of them works again',
    whenItBreaks,
    async (trial, outage, context) => {
      const verbs = verbsOf(context, trial)
      for (const [, call] of verbs) await call(0)
      await outage.begin()
      await Promise.all(
        verbs.flatMap(([verb, call]) =>
          Array.from({ length: ROUNDS }, (_, round) => inTime(trial, verb, () => call(round))),
        ),
      )
      await outage.end()
      for (const [verb, call] of verbs) {
        for (let round = 0; round < ROUNDS; round += 1) await untilItWorks(trial, verb, () => call(round))
      }
    },
  ),
)

function verbsOf(
  { traits }: Facts,
  trial: Trial,
): readonly (readonly [verb: string, call: (round: number) => Promise<unknown>])[] {
  const { store } = trial
  const call = () => trial.call(budget(trial))
  const scan = async (): Promise<unknown> => collect(store.scan('', call()))
  return [
    ['read', async (round) => store.read([`read-${round}`], call())],
    ['write', async (round) => store.write([trial.put(`written-${round}`)], call())],
    ['removal', async (round) => store.write([trial.remove(`removed-${round}`)], call())],
    ['clear', async (round) => store.clear(`cleared-${round}${SEPARATOR}`, call())],
    ...(traits.scan === 'none' ? [] : [['scan', scan] as const]),
  ]
}
