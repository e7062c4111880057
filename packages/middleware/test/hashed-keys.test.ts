import { createSecretKey, randomBytes } from 'node:crypto'
import { memory } from '@cachette/adapter-memory'
import { createCache, newCall, SEPARATOR } from '@cachette/core'
import { type HashedKeysOptions, hashedKeys } from '@cachette/middleware/hashed-keys'
import { readThrough } from '@cachette/middleware/read-through'
import { ttl } from '@cachette/middleware/ttl'
import { describe, expect, it } from 'vitest'
import { failureOf } from './support/failures.js'
import { frameStore } from './support/frames.js'

const secret = randomBytes(32)

describe('keys', () => {
  it('are stored under hashes that nobody without the secret can make; namespaces can be cleared', async () => {
    const store = frameStore()
    const cache = createCache<string>({ store, use: [hashedKeys({ secret })] })
    const users = cache.namespace('users')
    await cache.set('ada@example.org', 'one')
    await users.set('ada@example.org', 'two')
    const [one = '', two = ''] = [...store.frames.keys()]
    expect(one).toMatch(/^[\w-]{43}$/)
    expect(two).toBe(`users${SEPARATOR}${one}`)
    expect([await cache.get('ada@example.org'), await users.get('ada@example.org')]).toEqual(['one', 'two'])
    expect((await failureOf(async () => users.keys()[Symbol.asyncIterator]().next())).code).toBe('UNSUPPORTED')
    await users.clear()
    expect([...store.frames.keys()]).toEqual([one])
    await cache.close()
  })

  it('are found again by the same secret alone', async () => {
    const store = memory({ copies: true })
    const open = (options: HashedKeysOptions) => createCache<string>({ store, use: [hashedKeys(options)] })
    const [one, same, other] = [
      open({ secret }),
      open({ secret: createSecretKey(secret) }),
      open({ secret: randomBytes(32) }),
    ]
    await one.set('a', 'x')
    expect([await same.get('a'), await other.get('a')]).toEqual(['x', undefined])
    expect(await store.read(['a'], newCall(Date.now()))).toEqual([undefined])
    for (const cache of [one, same, other]) await cache.close()
  })
})

it('hashedKeys takes a secret of 32 bytes, stands inside what looks at keys, and shows its secret nowhere', async () => {
  for (const wrong of [{}, { secret: randomBytes(16) }, { secret: 'x'.repeat(32) }, { secret, salt: 1 }, undefined]) {
    const failure = await failureOf(() => hashedKeys(wrong as HashedKeysOptions))
    expect(failure.code).toBe('INVALID_OPTION')
    expect(failure.message).not.toContain('xxx')
  }
  const rules = [{ keys: 'a*', ttlMs: 1 }]
  const make = () => createCache({ store: memory(), use: [hashedKeys({ secret }), ttl({ rules })] })
  expect((await failureOf(make)).message).toContain('write use: [ttl(), hashedKeys()]')
  // The system of record would be asked for hashes.
  const through = () =>
    createCache({ store: memory(), use: [hashedKeys({ secret }), readThrough({ read: () => new Map() })] })
  expect((await failureOf(through)).message).toContain('write use: [readThrough(), hashedKeys()]')
})
