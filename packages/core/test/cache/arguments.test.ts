import { afterEach, expect, it } from 'vitest'
import { createCache } from '../../src/cache/create.js'
import type { Cache } from '../../src/cache/types.js'
import { TestStore } from '../support/test-store.js'

const cache: Cache<unknown> = createCache<unknown>({ store: new TestStore() })

afterEach(async () => {
  expect(await cache.get('k')).toBe(undefined)
})

const bad = (value: unknown): never => value as never

it.each<readonly [string, () => Promise<unknown>, string]>([
  ['getMany', () => cache.getMany(bad('abc')), 'expected the keys to be an array, got a string'],
  ['deleteMany', () => cache.deleteMany(bad('k')), 'expected the keys to be an array, got a string'],
  ['getOrSet', () => cache.getOrSet('k', bad(5)), 'expected the loader to be a function, got 5'],
  [
    'getOrSetMany',
    () => cache.getOrSetMany(['k'], bad(undefined)),
    'expected the loader to be a function, got undefined',
  ],
  [
    'setMany',
    () => cache.setMany(bad({ k: 1 })),
    'expected its first argument to be pairs [key, value], got an object',
  ],
  ['setMany', () => cache.setMany(bad('ab')), 'expected its first argument to be pairs [key, value], got a string'],
  ['setMany', () => cache.setMany(bad(['ab'])), 'expected each to be an array, got a string'],
  ['update', () => cache.update('k', bad(5)), 'expected what makes the value to be a function, got 5'],
])('%s says what it cannot do without', async (verb, call, message) => {
  await expect(call()).rejects.toMatchObject({ code: 'INVALID_OPTION', message: `INVALID_OPTION: ${verb}: ${message}` })
})

it('setMany says which value it is that cannot be stored', async () => {
  const pairs = [
    ['k', 1],
    ['other', undefined],
  ] as const
  await expect(cache.setMany(pairs)).rejects.toMatchObject({
    code: 'INVALID_VALUE',
    message: expect.stringContaining('"other": expected a value, got undefined'),
    outcomes: [{ key: 'other', error: { code: 'INVALID_VALUE' } }],
  })
})

it('on knows its events, and wants a listener', () => {
  expect(() => cache.on(bad('evicted'), () => undefined)).toThrow('there is no event "evicted": did you mean "evict"?')
  expect(() => cache.on('get', bad(undefined))).toThrow('on: expected the listener to be a function, got undefined')
})
