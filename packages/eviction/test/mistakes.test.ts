import { describe, expect, it } from 'vitest'
import { isPolicy, lru, Roster, session } from '../src/index.js'
import { checkPolicy } from '../src/kit.js'

/** As whoever writes without types calls it. */
const untyped = (value: unknown): never => value as never

describe('a mistake is refused where it is made, with what was expected and what came:', () => {
  it.each<[string, () => unknown, RegExp]>([
    [
      'a maker for a policy',
      () => new Roster({ policy: untyped(lru) }),
      /expected a policy with .*got a function: call it/,
    ],
    ['half a policy', () => new Roster({ policy: untyped({ add: lru }) }), /expected a policy with .*got object/],
    [
      'no number for a limit',
      () => new Roster({ policy: lru(), maxEntries: Number.NaN }),
      /maxEntries to be a number.*NaN/,
    ],
    ['a limit below nothing', () => new Roster({ policy: lru() }).resize({ maxWeight: -1 }, 0), /maxWeight to be .*-1/],
    ['a maker in place of another policy', () => new Roster({ policy: lru() }).use(untyped(lru), 0), /got a function/],
    ['no number of milliseconds', () => session({ idleMs: untyped('1h') }), /idleMs to be a positive number, got 1h/],
    ['a policy for the kit', () => checkPolicy(untyped(lru())), /expected a function that makes a policy, as lru/],
    ['a maker of no policy', () => checkPolicy(untyped(() => 1)), /expected a policy with .*got number/],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(message)
  })

  it('a policy is told from what is none', () => {
    expect([lru(), session(), lru, undefined, null, {}].map(isPolicy)).toEqual([true, true, false, false, false, false])
  })
})
