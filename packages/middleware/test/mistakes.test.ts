import { memory } from '@cachette/adapter-memory'
import { createCache, isCacheError } from '@cachette/core'
import { describe, expect, it } from 'vitest'
import * as layers from '../src/index.js'

/** As whoever writes without types calls it. */
const untyped = (value: unknown): never => value as never

const write = (): void => undefined
const standard = { '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) } } as const

describe('a mistake is refused where it is made, with what was expected and what came:', () => {
  const { circuitBreaker, eviction, hooks, memoryBudget, readThrough, schema, stats, writeBehind, writeThrough } =
    layers

  it.each<[string, () => unknown, RegExp]>([
    ['a list for options', () => stats(untyped([])), /stats expected its options as an object, got an array/],
    [
      'a window without end',
      () => circuitBreaker({ windowCalls: 1e300 }),
      /windowCalls to be a whole number from 1 to/,
    ],
    ['no listener of a breaker', () => circuitBreaker().onChange(untyped(undefined)), /listener to be a function/],
    [
      'no listener of evictions',
      () => eviction({ maxEntries: 1 }).onRemoval(untyped('x')),
      /listener to be a function/,
    ],
    ['no listener of a budget', () => memoryBudget().onChange(untyped(1)), /listener to be a function, got 1/],
    [
      'a layer of another kind in a budget',
      () => memoryBudget().add(untyped(stats())),
      /cache to be what eviction\(\) gave/,
    ],
    ['a misspelt worth', () => memoryBudget().add(untyped({}), untyped({ wort: 1 })), /did you mean "worth"/],
    ['readings that are none', () => memoryBudget({ readings: untyped(5) }), /readings to be a function, got number/],
    [
      'a maker of no policy',
      () => eviction({ maxEntries: 1, policy: untyped(() => 1) }),
      /expected policy to make one/,
    ],
    ['a signal that there is not', () => writeBehind({ write, signals: [untyped('SIGTERMM')] }), /list of signals/],
    ['a signal that nobody hears', () => writeBehind({ write, signals: ['SIGKILL'] }), /list of signals/],
    [
      'no codec to read through',
      () => readThrough({ read: () => new Map(), encode: untyped([]) }),
      /begin with a codec/,
    ],
    [
      'no codec to write through',
      () => writeThrough({ write, encode: untyped([null]) }),
      /begin with a codec.*got null/,
    ],
    [
      'no codec to write behind',
      () => writeBehind({ write, encode: untyped([]) }),
      /begin with a codec.*got undefined/,
    ],
    ['a schema for options', () => schema(untyped(standard)), /expected \{ schema \}, got the schema itself/],
    ['no codec in a schema', () => schema({ schema: standard }).codec(untyped(undefined)), /inner to be a codec/],
    ['no strategy', () => hooks().run({ by: 'own', targets: [] }, untyped(undefined)), /strategy to be a function/],
    ['a text for targets', () => hooks().run(untyped({ by: 'own', targets: 'a' }), write), /targets to be a list of/],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    expect(make).toThrow(message)
  })

  it('a system of record that gives no map', async () => {
    const cache = createCache({ store: memory(), use: [readThrough({ read: untyped(() => ['a']) })] })
    await expect(cache.get('a')).rejects.toSatisfy(
      (error: unknown) =>
        isCacheError(error) && error.message.includes('expected read to give a Map of values by key, got an array'),
    )
    await cache.close()
  })
})
