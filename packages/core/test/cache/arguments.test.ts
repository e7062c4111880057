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
  ['update', () => cache.update('k', bad(5)), 'expected what makes the value to be a function, got 5'],
])('%s says what it cannot do without', async (verb, call, message) => {
  await expect(call()).rejects.toMatchObject({ code: 'INVALID_OPTION', message: `INVALID_OPTION: ${verb}: ${message}` })
})
