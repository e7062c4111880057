import type { Call, Load } from '@cachette/core'
import fc from 'fast-check'
import type { Check, Facts, Trial } from '../check.js'
import { broken, collect } from '../expect.js'
import { throughLayers } from '../layered.js'
import { settled } from '../ready.js'
import { type Seen, Spy } from '../spy.js'

const VERBS = ['read', 'write', 'clear', 'scan'] as const

const DEADLINE_MS = 60_000

/** Order, deadlines, aborts and the voiding of loads rest on what travels with a call. */
export const Y3_CALLS: readonly Check[] = [
  {
    law: 'Y3',
    title: 'what travels with a call reaches the store below',
    applies: throughLayers,
    run: (context) =>
      context.property(
        fc.record({ spy: Spy.each, verb: fc.constantFrom(...verbsOf(context)) }),
        async ({ spy, verb }, trial) => {
          await trial.store.write([trial.put('a')], trial.call())
          const abort = new AbortController()
          const deadline = trial.clock.now() + DEADLINE_MS
          const call = trial.call({ deadline, signal: abort.signal, load: load(trial) })
          const reached: (Seen & { readonly isAborted: boolean })[] = []
          spy.meets = (seen) => {
            // What a layer does on its own account is no part of this call.
            if (seen.verb !== verb || (seen.call.aside === true && seen.call.id !== call.id)) return
            abort.abort()
            reached.push({ ...seen, isAborted: seen.call.signal?.aborted === true })
          }
          const outcome = await settled(() => make(verb, trial, call))
          if ('error' in outcome && !abort.signal.aborted) throw outcome.error
          for (const seen of reached) {
            expectSame(seen, call)
            if (!seen.isAborted) broken(`call.signal to reach the ${verb} below`, 'another, or none')
          }
          if (reached.length > 0 && !reached.some((seen) => seen.call.load === call.load)) {
            broken(`call.load to reach the ${verb} below`, 'a call without it')
          }
        },
        { wrap: (store, { spy }) => spy.on(store), share: 0.3 },
      ),
  },
]

function verbsOf({ traits }: Facts): readonly (typeof VERBS)[number][] {
  return VERBS.filter((verb) => verb !== 'scan' || traits.scan !== 'none')
}

async function make(verb: (typeof VERBS)[number], trial: Trial, call: Call): Promise<void> {
  if (verb === 'read') await trial.store.read(['a'], call)
  else if (verb === 'write') await trial.store.write([trial.put('b')], call)
  else if (verb === 'clear') await trial.store.clear('', call)
  else await collect(trial.store.scan('', call))
}

/** A layer may shorten a deadline; it may not lose or lengthen it. */
function expectSame({ verb, call: seen }: Seen, call: Call): void {
  const { id, now, deadline } = seen
  if (id !== call.id) broken(`call.id ${call.id} to reach the ${verb} below`, String(id))
  if (seen.aside === true) broken(`the caller's ${verb} to reach the store as one`, 'a call that is made aside')
  if (now !== call.now) broken(`call.now ${call.now} to reach the ${verb} below`, String(now))
  if (!(deadline <= call.deadline))
    broken(`call.deadline ${call.deadline} to reach the ${verb} below`, String(deadline))
}

function load(trial: Trial): Load {
  return { begun: trial.version(), voided: false, void: () => undefined, onEnd: () => undefined }
}
