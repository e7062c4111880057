import type { Check, CheckContext } from '../check.js'
import { always, broken, expectCode, expectEqual } from '../expect.js'
import { brief } from '../format.js'
import { cacheOf } from './handles.js'

const DAY_MS = 86_400_000

const LIFETIMES_MS = [1, 1_500, 30 * DAY_MS, 50 * 365 * DAY_MS]

const LATER_MS = 1_000 * 365 * DAY_MS

/** Peers take these for "for ever", for "never", or for an error of the backend. */
const NO_LIFETIMES: readonly unknown[] = [0, -0, -1, Number.NaN, Number.NEGATIVE_INFINITY, '1000', null, {}]

export const T4: readonly Check[] = [
  {
    law: 'T4',
    title: 'an entry lives for the lifetime that it was given, to the millisecond',
    applies: always,
    run: async (context: CheckContext): Promise<void> => {
      for (const ttlMs of LIFETIMES_MS) {
        for (const given of ['by the call', 'by the cache', 'by the namespace']) {
          await context.example(async (trial) => {
            const whole = cacheOf(context, trial, given === 'by the cache' ? { ttlMs } : {})
            const cache = given === 'by the namespace' ? whole.namespace('n', { ttlMs }) : whole
            await cache.set('a', 1, given === 'by the call' ? { ttlMs } : {})
            trial.clock.advance(ttlMs - 1)
            expectEqual(await cache.get('a'), 1, `an entry in the last of its ${ttlMs} ms, given ${given},`)
            trial.clock.advance(1)
            expectEqual(await cache.get('a'), undefined, `an entry after its ${ttlMs} ms, given ${given},`)
          })
        }
      }
    },
  },
  {
    law: 'T4',
    title: 'an entry without an end does not end',
    applies: always,
    run: async (context: CheckContext): Promise<void> => {
      for (const options of [{}, { ttlMs: Infinity }]) {
        await context.example(async (trial) => {
          const cache = cacheOf(context, trial, { ttlMs: DAY_MS })
          const endless = options.ttlMs === undefined ? cacheOf(context, trial) : cache
          await endless.set('a', 1, options)
          trial.clock.advance(LATER_MS)
          expectEqual(await endless.get('a'), 1, 'an entry without an end, after a thousand years,')
        })
      }
    },
  },
  {
    law: 'T4',
    title: 'a lifetime that is none is refused, and changes nothing',
    applies: always,
    run: (context) =>
      context.example(async (trial) => {
        const cache = cacheOf(context, trial)
        await cache.set('a', 1)
        for (const one of NO_LIFETIMES) {
          const ttlMs = one as number
          const what = `a lifetime of ${brief(one)}`
          await expectCode('INVALID_OPTION', `${what} of a call`, () => cache.set('a', 2, { ttlMs }))
          await expectCode('INVALID_OPTION', `${what} of a batch`, () => cache.setMany([['a', 2, { ttlMs }]]))
          await expectCode('INVALID_OPTION', `${what} of a load`, () => cache.getOrSet('b', () => 2, { ttlMs }))
          await expectCode('INVALID_OPTION', `${what} of a touch`, () => cache.touch('a', { ttlMs }))
          await expectCode('INVALID_OPTION', `${what} of a cache`, () => cacheOf(context, trial, { ttlMs }).get('a'))
          await expectCode('INVALID_OPTION', `${what} of a namespace`, () => cache.namespace('n', { ttlMs }).get('a'))
        }
        trial.clock.advance(DAY_MS)
        expectEqual(await cache.get('a'), 1, 'what was stored before')
        if (await cache.has('b')) broken('nothing from a load whose lifetime was refused', 'its value')
      }),
  },
]
