import { type Cache, MAX_KEY_BYTES, SEPARATOR } from '@cachette/core'
import { anyKey } from '../arbitraries.js'
import type { Check, CheckContext } from '../check.js'
import { always, broken, expectCode, expectEqual } from '../expect.js'
import { brief } from '../format.js'
import { cacheOf } from './handles.js'

/** What is no key at a handle, though some of it is one at a store. */
const BAD_KEYS: readonly unknown[] = [
  '',
  'x'.repeat(MAX_KEY_BYTES + 1),
  '\u00e9'.repeat(MAX_KEY_BYTES / 2 + 1),
  '\ud800',
  'a\udc00b',
  SEPARATOR,
  `a${SEPARATOR}b`,
  undefined,
  null,
  0,
  {},
]

/** Every verb that takes a key, called with one that is none: by callers who write without types, too. */
const VERBS: Readonly<Record<string, (cache: Cache<unknown>, key: string) => Promise<unknown>>> = {
  get: (cache, key) => cache.get(key),
  set: (cache, key) => cache.set(key, 1),
  add: (cache, key) => cache.add(key, 1),
  delete: (cache, key) => cache.delete(key),
  take: (cache, key) => cache.take(key),
  has: (cache, key) => cache.has(key),
  getMany: (cache, key) => cache.getMany(['a', key]),
  setMany: (cache, key) =>
    cache.setMany([
      ['a', 2],
      [key, 2],
    ]),
  deleteMany: (cache, key) => cache.deleteMany(['a', key]),
  getOrSet: (cache, key) => cache.getOrSet(key, () => 1),
  getOrSetMany: (cache, key) => cache.getOrSetMany(['a', key], (missing) => new Map(missing.map((each) => [each, 2]))),
  update: (cache, key) => cache.update(key, () => 1),
  touch: (cache, key) => cache.touch(key, { ttlMs: 1 }),
  lookup: (cache, key) => cache.lookup(key),
}

export const K3: readonly Check[] = [
  {
    law: 'K3',
    title: 'a handle takes any key of up to 1,024 bytes',
    applies: always,
    run: (context) =>
      context.property(
        anyKey().filter((key) => !key.includes(SEPARATOR)),
        async (key, trial) => {
          const cache = cacheOf(context, trial)
          await cache.set(key, 'value')
          expectEqual(await cache.get(key), 'value', `what a cache gives for key ${brief(key)}`)
          if (!(await cache.delete(key))) broken(`key ${brief(key)} to be removed`, 'false')
        },
        { share: 0.5 },
      ),
  },
  {
    law: 'K3',
    title: 'every verb refuses what is no key, and changes nothing',
    applies: always,
    run: async (context: CheckContext): Promise<void> => {
      for (const [verb, call] of Object.entries(VERBS)) {
        await context.example(async (trial) => {
          const cache = cacheOf(context, trial)
          await cache.set('a', 1)
          for (const key of BAD_KEYS) {
            await expectCode('INVALID_KEY', `cache.${verb}(${brief(key)})`, async () => call(cache, key as string))
          }
          expectEqual(await cache.get('a'), 1, `what a cache gives for key 'a' after a refused ${verb}`)
        })
      }
    },
  },
  {
    law: 'K3',
    title: 'a namespace counts as part of its keys, and its name is checked as one',
    applies: always,
    run: (context) =>
      context.example(async (trial) => {
        const cache = cacheOf(context, trial)
        const room = 24
        const name = 'n'.repeat(MAX_KEY_BYTES - room - SEPARATOR_BYTES)
        const longest = 'k'.repeat(room)
        const inside = cache.namespace(name)
        await inside.set(longest, 1)
        expectEqual(await inside.get(longest), 1, 'what the longest key of a namespace gives')
        await expectCode('INVALID_KEY', 'a key of one byte more', () => inside.set(`${longest}k`, 1))
        for (const bad of ['', `a${SEPARATOR}`, '\ud800', 'x'.repeat(MAX_KEY_BYTES + 1)]) {
          await expectCode('INVALID_KEY', `cache.namespace(${brief(bad)})`, () => cache.namespace(bad).get('a'))
        }
      }),
  },
]

const SEPARATOR_BYTES = new TextEncoder().encode(SEPARATOR).length
