import { createCache, json, type Store } from '@cachette/core'
import type { Check, Facts } from '../check.js'
import { plainValue } from '../codec/arbitraries.js'
import { same } from '../codec/same.js'
import { broken } from '../expect.js'
import { brief } from '../format.js'
import { isLayered } from '../layered.js'

const applies = ({ subject, traits }: Facts): true | string => {
  if (!isLayered(subject)) return 'no layer is round it'
  if (traits.values !== 'bytes') return 'its values are not bytes'
  return (subject.encode?.().length ?? 0) > 0 || 'none of the layers turns bytes into bytes'
}

/** A layer of values stands behind the codec of a cache as well as in its stack. */
export const V1_IN_ENCODE: readonly Check[] = [
  {
    law: 'V1',
    title: 'a layer that turns bytes into bytes does so behind a codec, too',
    applies,
    run: (context) =>
      context.property(
        plainValue,
        async (value, trial) => {
          const { subject } = context
          const layers = isLayered(subject) ? (subject.encode?.() ?? []) : []
          trial.note(
            `const cache = createCache({ store: raw, clock, encode: [json(), ${layers.map(({ name }) => name).join(', ')}] })`,
          )
          const cache = createCache({ store: trial.own as Store, clock: trial.clock, encode: [json(), ...layers] })
          await cache.setMany([
            ['a', value],
            ['b', [value]],
          ])
          const listed: unknown[] = []
          if (trial.own.traits.scan !== 'none') {
            for await (const [key, found] of cache.entries()) if (key === 'a') listed.push(found)
          }
          for (const got of [await cache.get('a'), (await cache.getMany(['b', 'a']))[1], ...listed]) {
            if (!same(got, value)) broken(`${brief(value)} as it was stored`, brief(got))
          }
        },
        { share: 0.3 },
      ),
  },
]
