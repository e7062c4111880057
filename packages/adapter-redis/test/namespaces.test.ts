import { redisServer } from '@cachette/conformance/servers'
import { type Cache, createCache, SEPARATOR } from '@cachette/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { redis } from '../src/index.js'

/** Some begin as others do, and some would be patterns. */
const NAMES = ['a', 'ab', 'a*', 'a?', '[ab]', '[', ']', '*', '?', '\\', '\\*', 'a\\', '{a}', 'ä', 'A'] as const

const FOREIGN = [
  'cachette',
  'cachette:a',
  `cachette2${SEPARATOR}a${SEPARATOR}k`,
  `*${SEPARATOR}a`,
  `cachett?${SEPARATOR}a`,
]

const nameOf = (path: readonly string[], key: string): string => ['cachette', ...path, key].join(SEPARATOR)

test('each clear of two hundred namespaces, one within another, takes its own keys and no others', async () => {
  await using server = await redisServer()
  const root: Cache<string> = createCache<string>({
    store: redis({ connection: { host: server.host, port: server.port } }),
  })
  const paths: readonly (readonly string[])[] = [
    ...NAMES.map((name) => [name]),
    ...NAMES.flatMap((outer) => NAMES.map((inner) => [outer, inner])),
  ]
  const of = (path: readonly string[]): Cache<string> => path.reduce((cache, name) => cache.namespace(name), root)
  for (const name of FOREIGN) await server.command('SET', name, 'x')
  const left = new Set<string>(FOREIGN)
  const put = async (path: readonly string[]): Promise<void> => {
    // A key is called like a namespace too.
    for (const key of ['k', 'a', 'a*']) {
      await of(path).set(key, 'v')
      left.add(nameOf(path, key))
    }
  }
  for (const path of [[], ...paths]) await put(path)
  const seed = Date.now()
  const [order = []] = fc.sample(fc.shuffledSubarray([...paths], { minLength: paths.length }), { numRuns: 1, seed })
  for (const path of order) {
    await of(path).clear()
    const prefix = nameOf(path, '')
    for (const name of left) if (name.startsWith(prefix)) left.delete(name)
    const names = await server.command('KEYS', '*')
    expect(
      new Set(Array.isArray(names) ? names.map(String) : []),
      `seed ${seed}, after a clear of ${path.join('/')}`,
    ).toEqual(left)
  }
  await root.clear()
  expect(await server.command('DBSIZE')).toBe(FOREIGN.length)
  await root.close()
}, 60_000)
