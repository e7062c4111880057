import { type Cache, isPromise } from '@cachette/core'
import fc from 'fast-check'
import type { Check, Facts } from '../check.js'
import { always, broken, expectEqual, whenItJudges } from '../expect.js'
import { cacheOf } from './handles.js'

const TTL_MS = 1_000
const FRESH_MS = 600

type Verb = 'get' | 'set' | 'add' | 'delete' | 'take' | 'has' | 'getMany' | 'update' | 'touch'

const VERBS: readonly Verb[] = ['get', 'set', 'delete', 'has', 'getMany']
const JUDGED: readonly Verb[] = ['add', 'take', 'update', 'touch']

const whenItIsSync = ({ traits }: Facts): true | string =>
  traits.sync === 'all' || 'it does not answer all verbs at once'

const verbsOf = (facts: Facts): readonly Verb[] => (whenItJudges(facts) === true ? [...VERBS, ...JUDGED] : VERBS)

export const HANDLE_VERBS: readonly Check[] = [
  {
    law: 'R3',
    title: 'the verbs of cache.sync answer at once what the others promise',
    applies: whenItIsSync,
    run: (context) =>
      context.property(
        fc.array(fc.tuple(fc.constantFrom(...verbsOf(context)), fc.constantFrom('a', 'b')), {
          minLength: 1,
          maxLength: 10,
        }),
        async (calls, trial) => {
          const cache = cacheOf(context, trial)
          const [ready, promised] = [cache.namespace('ready'), cache.namespace('promised')]
          for (const [index, [verb, key]] of calls.entries()) {
            const answer = call(ready.sync, verb, key, index)
            if (isPromise(answer)) broken(`cache.sync.${verb}('${key}') to answer at once`, 'a promise')
            expectEqual(answer, await call(promised, verb, key, index), `what cache.sync.${verb}('${key}') answers`)
          }
        },
        { share: 0.5 },
      ),
  },
  {
    law: 'T1',
    title: 'a lookup says what is there, how old it is, and when it goes stale and ends',
    applies: always,
    run: (context) =>
      context.property(
        fc.constantFrom(0, 1, FRESH_MS - 1, FRESH_MS, TTL_MS - 1, TTL_MS, TTL_MS + 1),
        async (ageMs, trial) => {
          const cache = cacheOf(context, trial)
          expectEqual((await cache.lookup('a')).outcome, 'miss', 'what a lookup says of a key that was never stored')
          await cache.set('a', 1, { ttlMs: TTL_MS, freshMs: FRESH_MS })
          trial.clock.advance(ageMs)
          const found = await cache.lookup('a')
          const outcome = ageMs < FRESH_MS ? 'hit' : ageMs < TTL_MS ? 'stale' : 'miss'
          expectEqual(found.outcome, outcome, `what a lookup says after ${ageMs} ms`)
          expectEqual(await cache.get('a'), outcome === 'miss' ? undefined : 1, `what get gives after ${ageMs} ms`)
          if (found.outcome === 'hit' || found.outcome === 'stale') expectEqual(found.ageMs, ageMs, 'the age')
        },
        { share: 0.2 },
      ),
  },
  {
    law: 'C5',
    title: 'of many who take a value at once, one gets it',
    applies: whenItJudges,
    run: (context) =>
      context.example(async (trial) => {
        const cache = cacheOf(context, trial)
        await cache.set('a', 1)
        const taken = await Promise.all(Array.from({ length: 10 }, () => cache.take('a')))
        expectEqual(
          taken.filter((value) => value !== undefined),
          [1],
          'what ten takers get together',
        )
        await Promise.all(Array.from({ length: 10 }, () => cache.update('a', (value) => Number(value ?? 0) + 1)))
        expectEqual(await cache.get('a'), 10, 'what ten updates at once leave')
      }),
  },
]

/** The same call on either set of verbs: they differ in their promises alone. */
function call(cache: Cache<unknown> | Cache<unknown>['sync'], verb: Verb, key: string, value: number): unknown {
  switch (verb) {
    case 'set':
    case 'add':
      return cache[verb](key, value)
    case 'getMany':
      return cache.getMany(['a', key])
    case 'update':
      return cache.update(key, (old) => [old ?? null, value])
    case 'touch':
      return cache.touch(key, { ttlMs: TTL_MS })
    default:
      return cache[verb](key)
  }
}
