import { type Awaitable, CacheError, isCacheError, isPromise } from '@cachette/core'
import fc from 'fast-check'
import type { Check, Facts, Trial } from '../check.js'
import { broken, collect, expectEqual } from '../expect.js'
import { messageOf } from '../failure.js'
import { brief } from '../format.js'
import { throughLayers } from '../layered.js'
import { type Settled, settled } from '../ready.js'
import { type Seen, Spy } from '../spy.js'

const VERBS = ['read', 'write', 'clear'] as const
type Verb = (typeof VERBS)[number]

/** A layer that cannot answer at once says so in the trait; R3 holds it to what it says. */
const readyVerbs = ({ traits }: Facts): readonly Verb[] =>
  traits.sync === 'all' ? VERBS : traits.sync === 'reads' ? ['read'] : []

/** No retry mends it, and nothing else is like it. */
const CODES = ['FULL', 'READ_ONLY', 'LOCKED'] as const

export const Y4: readonly Check[] = [
  {
    law: 'Y4',
    title: 'ready answers come at once, batches and misses included',
    applies: (facts: Facts): true | string => {
      if (throughLayers(facts) !== true) return throughLayers(facts)
      return readyVerbs(facts).length > 0 || 'it says that it does not answer at once'
    },
    run: (context) =>
      context.property(
        fc.record({
          verb: fc.constantFrom(...readyVerbs(context)),
          keys: fc.array(fc.constantFrom('a', 'b'), { maxLength: 3 }),
        }),
        async ({ verb, keys }, trial) => {
          await trial.store.write([trial.put('a')], trial.call())
          const answer = make(verb, trial, keys)
          await answer
          if (isPromise(answer)) broken(`a ${verb} of ${keys.length} keys to answer at once`, 'a promise')
        },
        { share: 0.3 },
      ),
  },
  {
    law: 'Y4',
    title: 'a failure of the store below passes as it is',
    applies: throughLayers,
    run: (context) =>
      context.property(
        fc.record({ spy: Spy.each, verb: fc.constantFrom(...VERBS, 'scan'), code: fc.constantFrom(...CODES) }),
        async ({ spy, verb, code }, trial) => {
          if (verb === 'scan' && context.traits.scan === 'none') return
          await trial.store.write([trial.put('a')], trial.call())
          const error = new CacheError(code, 'an injected failure', {
            source: 'the kit',
            outcome: 'unknown',
            details: { at: verb },
          })
          const made: string[] = []
          spy.meets = failing(verb, error, made)
          let ready = true
          const outcome = await settled(() => {
            const answer = verb === 'scan' ? collect(trial.store.scan('', trial.call())) : make(verb, trial, ['a'])
            ready = false
            return answer
          })
          expectSame(outcome, error)
          const again = made.find((one, index) => made.indexOf(one) < index)
          if (again !== undefined) broken('a write that failed, in doubt, not to be made again', `${again} twice`)
          if (!ready && verb !== 'scan' && readyVerbs(context).includes(verb)) {
            broken(`the ready failure of a ${verb} to be thrown`, 'a rejected promise')
          }
        },
        { wrap: (store, { spy }) => spy.on(store), share: 0.4 },
      ),
  },
]

function make(verb: Verb, trial: Trial, keys: readonly string[]): Awaitable<unknown> {
  if (verb === 'read') return trial.store.read(keys, trial.call())
  if (verb === 'clear') return trial.store.clear('', trial.call())
  return trial.store.write(
    keys.map((key) => trial.put(key)),
    trial.call(),
  )
}

/**
 * A layer may look before it writes: only the verb itself fails, and for as long as it is asked. Which changes are made
 * below is noted.
 */
function failing(verb: Verb | 'scan', error: CacheError, made: string[]): (seen: Seen) => undefined {
  return (seen) => {
    if (seen.verb === 'write') made.push(...seen.changes.map(({ key, version }) => brief([key, version])))
    if (seen.verb === verb) throw error
  }
}

function expectSame(outcome: Settled<unknown>, { code, outcome: happened, retry, details }: CacheError): void {
  if (!('error' in outcome)) broken(`the failure ${code} of the store below`, `the answer ${brief(outcome.value)}`)
  const { error } = outcome
  if (!isCacheError(error)) broken(`the failure ${code} of the store below`, messageOf(error))
  const got = { code: error.code, outcome: error.outcome, retry: error.retry, details: error.details }
  expectEqual(got, { code, outcome: happened, retry, details }, 'what the failure of the store below says')
}
