import { CacheError, type Change, isCacheError, type KeyOutcome } from '@cachette/core'
import fc from 'fast-check'
import type { Check, Facts, Trial } from '../check.js'
import { broken, expectEqual, whenItJudges, writeAll } from '../expect.js'
import { brief } from '../format.js'
import { throughLayers } from '../layered.js'
import { settled } from '../ready.js'
import { type Seen, Spy } from '../spy.js'

const KEYS = ['a', 'b', 'c']

/** Changes that layers treat in ways of their own: some look before they write, and some write one by one. */
const KINDS = ['put', 'removal', 'add'] as const
type Kind = (typeof KINDS)[number]

/** A layer that joins, splits or renames may not lose what the store below says of each key. */
export const B3_THROUGH_LAYERS: readonly Check[] = [
  {
    law: 'B3',
    title: 'a failure of a part keeps the outcome of each key on its way through the layers',
    applies: throughLayers,
    run: (context) =>
      context.property(
        fc.record({ spy: Spy.each, kind: fc.constantFrom(...kindsOf(context)) }),
        async ({ spy, kind }, trial) => {
          const puts = KEYS.map((key) => trial.put(key))
          if (kind === 'removal') await writeAll(trial, puts)
          spy.meets = failingAt(KEYS.length)
          const batch = kind === 'put' ? puts : KEYS.map((key) => changeOf(trial, kind, key))
          const outcome = await settled(() => writeAll(trial, batch))
          if (!('error' in outcome)) broken(`a batch of ${kind}s to fail`, `the answer ${brief(outcome.value)}`)
          const outcomes = isCacheError(outcome.error) ? outcome.error.outcomes : undefined
          if (outcomes === undefined) broken('an error with the outcome of each key', 'one without')
          const said = outcomes.map((each) => [each.key, 'error' in each ? 'failed' : 'done']).sort()
          const expected = KEYS.map((key, index) => [key, index === KEYS.length - 1 ? 'failed' : 'done'])
          expectEqual(said, expected, `what the error says of a batch of ${kind}s`)
        },
        { wrap: (store, { spy }) => spy.on(store), share: 0.1 },
      ),
  },
]

function kindsOf(facts: Facts): readonly Kind[] {
  return KINDS.filter((kind) => kind !== 'add' || whenItJudges(facts) === true)
}

function changeOf(trial: Trial, kind: Kind, key: string): Change<unknown> {
  return kind === 'removal' ? trial.remove(key) : trial.put(key, kind === 'add' ? { when: 'absent' } : {})
}

/** Fails at the change of this number, however the changes are divided among calls: alone, or as the last of a batch. */
function failingAt(number: number): (seen: Seen) => undefined {
  let count = 0
  return (seen) => {
    if (seen.verb !== 'write') return
    count += seen.changes.length
    if (count < number) return
    const error = new CacheError('FULL', 'an injected failure')
    if (seen.changes.length === 1) throw error
    const outcomes = seen.changes.map(
      ({ key }, index): KeyOutcome => (index < seen.changes.length - 1 ? { key, value: true } : { key, error }),
    )
    throw new CacheError('FULL', 'an injected failure of a part of a batch', { outcome: 'unknown', outcomes })
  }
}
