import type { Cache } from '@cachette/core'
import fc from 'fast-check'
import type { Check, Facts } from '../check.js'
import { expectEqual, whenItScans } from '../expect.js'
import { code } from '../format.js'
import { cacheOf } from './handles.js'

/** Names that a careless layout of keys takes for one another: paths of namespaces, from the root. */
const PATHS: readonly (readonly string[])[] = [
  [],
  ['users'],
  ['users', 'archive'],
  ['users:archive'],
  ['user'],
  ['usersx'],
  ['archive'],
]

const KEYS = ['a', 'users', 'archive', 'users:a']

const whenItKeeps = ({ traits }: Facts): true | string => traits.evicts !== 'any' || 'it may evict whatever it holds'

export const HANDLE_NAMESPACES: readonly Check[] = [
  {
    law: 'S5',
    title: 'clearing a namespace removes it with those inside it, and nothing else',
    applies: whenItKeeps,
    run: (context) =>
      context.property(
        fc.constantFrom(...PATHS),
        async (cleared, trial) => {
          const root = cacheOf(context, trial)
          for (const path of PATHS) await at(root, path).setMany(KEYS.map((key) => [key, storedAt(path, key)]))
          await at(root, cleared).clear()
          for (const path of PATHS) {
            const gone = cleared.every((name, depth) => path[depth] === name)
            const expected = KEYS.map((key) => (gone ? undefined : storedAt(path, key)))
            expectEqual(
              await at(root, path).getMany(KEYS),
              expected,
              `namespace ${code(path)} after ${code(cleared)} was cleared`,
            )
          }
        },
        { share: 0.2 },
      ),
  },
  {
    law: 'S2',
    title: 'a namespace lists its own keys, and not those of others inside it',
    applies: (facts) => (whenItKeeps(facts) === true ? whenItScans(facts) : whenItKeeps(facts)),
    run: (context) =>
      context.example(async (trial) => {
        const root = cacheOf(context, trial)
        for (const path of PATHS) await at(root, path).setMany(KEYS.map((key) => [key, storedAt(path, key)]))
        for (const path of PATHS) {
          const listed: string[] = []
          for await (const key of at(root, path).keys()) listed.push(key)
          expectEqual(listed.sort(), [...KEYS].sort(), `the keys of namespace ${code(path)}`)
        }
      }),
  },
]

function at(cache: Cache<unknown>, path: readonly string[]): Cache<unknown> {
  return path.reduce((outer, name) => outer.namespace(name), cache)
}

function storedAt(path: readonly string[], key: string): string {
  return [...path, key].join(' > ')
}
