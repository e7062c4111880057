import type { Cache } from '@cachette/core'
import type { Check, CheckContext } from '../check.js'
import { plainValue } from '../codec/arbitraries.js'
import { same } from '../codec/same.js'
import { always, broken, expectCode, expectEqual, whenItJudges } from '../expect.js'
import { brief } from '../format.js'
import { cacheOf } from './handles.js'

const FALSY = [null, false, 0, '']

/** Every verb that stores what it is given, or what a function of the caller gives. */
type Stores = Readonly<Record<string, (cache: Cache<unknown>) => Promise<unknown>>>

const STORES: Stores = {
  set: (cache) => cache.set('a', undefined),
  setMany: (cache) =>
    cache.setMany([
      ['b', 2],
      ['a', undefined],
    ]),
}

const JUDGED: Stores = {
  add: (cache) => cache.add('b', undefined),
  update: (cache) => cache.update('a', () => undefined),
}

export const HANDLE_VALUES: readonly Check[] = [
  {
    law: 'V1',
    title: 'a cache gives back the value that it was given',
    applies: always,
    run: (context) =>
      context.property(
        plainValue,
        async (value, trial) => {
          const cache = cacheOf(context, trial)
          await cache.set('a', value)
          for (const got of [await cache.get('a'), (await cache.getMany(['b', 'a']))[1]]) {
            if (!same(got, value)) broken(`${brief(value)} as it was stored`, brief(got))
          }
        },
        { share: 0.5 },
      ),
  },
  {
    law: 'V2',
    title: 'a cache takes no falsy value for a miss',
    applies: always,
    run: (context) =>
      context.example(async (trial) => {
        const cache = cacheOf(context, trial)
        for (const value of FALSY) {
          await cache.set('a', value)
          expectEqual(await cache.get('a'), value, 'what get gives')
          expectEqual(await cache.has('a'), true, `what has says of ${brief(value)}`)
          expectEqual(await cache.getOrSet('a', () => 'loaded'), value, 'what getOrSet gives')
          expectEqual((await cache.lookup('a')).outcome, 'hit', `what lookup says of ${brief(value)}`)
          if (whenItJudges(context) !== true) continue
          expectEqual(await cache.add('a', 1), false, `what add says over ${brief(value)}`)
          expectEqual(await cache.take('a'), value, 'what take gives')
        }
      }),
  },
  {
    law: 'V2',
    title: 'a cache refuses undefined, and changes nothing',
    applies: always,
    run: async (context: CheckContext): Promise<void> => {
      for (const [verb, call] of Object.entries(whenItJudges(context) === true ? { ...STORES, ...JUDGED } : STORES)) {
        await context.example(async (trial) => {
          const cache = cacheOf(context, trial)
          await cache.set('a', 1)
          await expectCode('INVALID_VALUE', `${verb} of undefined`, () => call(cache))
          expectEqual(await cache.get('a'), 1, 'what was stored before')
          expectEqual(await cache.has('b'), false, 'whether a refused batch was stored in part')
        })
      }
    },
  },
]
