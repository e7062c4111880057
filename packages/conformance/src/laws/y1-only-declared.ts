import type { Check } from '../check.js'
import { broken } from '../expect.js'
import { brief } from '../format.js'
import { throughLayers } from '../layered.js'

/** All other laws are asked of the layer as they are of a store; this is what they cannot see. */
export const Y1: readonly Check[] = [
  {
    law: 'Y1',
    title: 'what was stored before the layer stood there is given as it was, or not at all',
    applies: throughLayers,
    run: (context) =>
      context.property(
        context.values.arbitrary,
        async (value, trial) => {
          await trial.own.write([trial.put('a', { value })], trial.call())
          const [found] = await trial.store.read(['a'], trial.call())
          if (found === undefined || context.values.equal(found.value, value)) return
          broken(`${brief(value)}, or nothing`, brief(found.value))
        },
        { share: 0.2 },
      ),
  },
]
