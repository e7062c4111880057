import { createSecretKey, randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { memory } from '@cachette/adapter-memory'
import { createCache, json } from '@cachette/core'
import { type EncryptionOptions, encryption } from '@cachette/middleware/encryption'
import { describe, expect, it } from 'vitest'
import { areSame, context, noise } from './support/bytes.js'
import { failureOf } from './support/failures.js'

const key = (id: string) => ({ id, secret: randomBytes(32) })

const [a, b] = [key('a'), key('b')]

const keys = { current: a }

describe('keys', () => {
  it('rotate while it runs: what was sealed before can be read until its key is forgotten', async () => {
    const layer = encryption({ keys })
    const cache = createCache<string>({ store: memory({ copies: true }), encode: [json(), layer] })
    await cache.set('1', 'by a')
    layer.rotate(b)
    await cache.set('2', 'by b')
    layer.rotate(b)
    expect(layer.settings.keyIds).toEqual(['b', 'a'])
    expect(await cache.getMany(['1', '2'])).toEqual(['by a', 'by b'])
    layer.configure({ algorithm: 'chacha20-poly1305' })
    await cache.set('3', 'by the other cipher')
    expect(await cache.getMany(['1', '2', '3'])).toEqual(['by a', 'by b', 'by the other cipher'])
    layer.configure({ keys: { current: b } })
    expect(await cache.getMany(['1', '2', '3'])).toEqual([undefined, 'by b', 'by the other cipher'])
    await cache.close()
  })

  it('that are forgotten leave nothing behind, not even under an id that comes back', async () => {
    const layer = encryption({ keys })
    const first = await layer.coding.encode(noise(9, 9, 9), context)
    layer.configure({ keys: { current: b } })
    layer.configure({ keys: { current: { id: 'a', secret: b.secret } } })
    const second = await layer.coding.encode(noise(9, 9, 9), context)
    if (first === undefined || second === undefined) return expect.unreachable()
    const fresh = encryption({ keys: { current: { id: 'a', secret: b.secret } } })
    expect(areSame(await fresh.coding.decode(second.value, second.mark, context), noise(9, 9, 9))).toBe(true)
    expect((await failureOf(() => layer.coding.decode(first.value, first.mark, context))).code).toBe('CORRUPT')
  })

  it('are those that were handed over, whatever becomes of the bytes', async () => {
    const secret = randomBytes(32)
    const { coding } = encryption({ keys: { current: { id: 'x', secret } } })
    const encoded = await coding.encode(noise(5, 5, 5), context)
    secret.fill(0)
    if (encoded === undefined) return expect.unreachable()
    expect(areSame(await coding.decode(encoded.value, encoded.mark, context), noise(5, 5, 5))).toBe(true)
    const later = await coding.encode(noise(5, 5, 5), context)
    expect(later && areSame(await coding.decode(later.value, later.mark, context), noise(5, 5, 5))).toBe(true)
  })

  it('are checked as a whole', async () => {
    const layer = encryption({ keys })
    const wrong: readonly [object, RegExp][] = [
      [{ keys: {} }, /encryption, keys: expected current to be an object, got undefined/],
      [{ keys: { current: { id: 'k', secret: randomBytes(31) } } }, /expected secret to be 32 random bytes/],
      [{ keys: { current: { id: 'k', secret: randomBytes(64) } } }, /expected secret to be 32 random bytes/],
      [{ keys: { current: { id: 'k', secret: createSecretKey(randomBytes(16)) } } }, /32 random bytes/],
      [{ keys: { current: { id: 'k', secret: 'x'.repeat(32) } } }, /got a string/],
      [{ keys: { current: { id: 'a/b', secret: a.secret } } }, /expected id to be up to 64 letters/],
      [{ keys: { current: { id: '', secret: a.secret } } }, /expected id/],
      [{ keys: { current: { secret: a.secret } } }, /expected id/],
      [{ keys: { current: a, others: [b, b] } }, /the key b is there twice/],
      [{ keys: { current: a, others: [{ id: 'a', secret: a.secret }] } }, /the key a is there twice/],
      [{ keys: { current: a, other: [] } }, /did you mean "others"/],
      [{ keys, algorithm: 'aes-128-gcm' }, /'aes-256-gcm' or 'chacha20-poly1305'/],
      [{ keys, require: true }, /did you mean "required"/],
    ]
    for (const [options, message] of wrong) {
      expect((await failureOf(() => encryption(options as EncryptionOptions))).message).toMatch(message)
      expect((await failureOf(() => layer.configure(options))).message).toMatch(message)
    }
    const refused: readonly [unknown, RegExp][] = [
      [{ id: 'a', secret: b.secret }, /the key a has another secret: give it another id/],
      [undefined, /expected current/],
      [{ id: 'c' }, /expected secret/],
    ]
    for (const [other, message] of refused) {
      expect((await failureOf(() => layer.rotate(other as typeof a))).message).toMatch(message)
    }
    expect((await failureOf(() => layer.configure({ keys: { current: b }, required: 1 as never }))).code).toBe(
      'INVALID_OPTION',
    )
    expect(layer.settings).toEqual({ algorithm: 'aes-256-gcm', required: true, keyIds: ['a'] })
    expect((await failureOf(() => encryption({} as EncryptionOptions))).message).toMatch(/expected keys/)
  })

  it('show themselves nowhere', async () => {
    const secret = Buffer.from('0123456789abcdef0123456789abcdef')
    const layer = encryption({ keys: { current: { id: 'k', secret } } })
    const failures = [
      await failureOf(() => layer.rotate({ id: 'k', secret: randomBytes(32) })),
      await failureOf(() => layer.coding.decode(noise(99, 99, 9), 'aes-256-gcm/k', context)),
      await failureOf(() => encryption({ keys: { current: { id: 'k', secret: secret.toString() as never } } })),
    ]
    const depth = { depth: 20, showHidden: true }
    const shown = [layer, layer.settings, layer.coding, ...failures]
      .flatMap((each) => [inspect(each, depth), JSON.stringify(each), String(each)])
      .join('\n')
    for (const trace of [
      secret.toString(),
      secret.toString('hex'),
      secret.toString('base64'),
      '30 31 32 33',
      '48, 49, 50',
      '48,49,50',
    ]) {
      expect(shown).not.toContain(trace)
    }
  })
})
