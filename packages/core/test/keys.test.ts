import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  checkKey,
  checkStoreKey,
  isBoundary,
  MAX_KEY_BYTES,
  MAX_STORE_KEY_BYTES,
  namespaceOf,
  SEPARATOR,
  utf8Length,
  wholeKey,
} from '../src/keys.js'
import { expectCode, thrownBy } from './support/failures.js'

const encoder = new TextEncoder()
const text = fc.string({ unit: 'binary' }).filter((string) => string.isWellFormed())

describe('utf8Length', () => {
  it('is the length that the platform gives', () => {
    fc.assert(fc.property(text, (string) => utf8Length(string) === encoder.encode(string).length))
  })
})

describe('a key of a store', () => {
  it('is any non-empty well-formed string up to its limit in UTF-8', () => {
    const long = fc
      .tuple(text, fc.integer({ min: 0, max: MAX_STORE_KEY_BYTES }))
      .map(([end, count]) => 'é'.repeat(count) + end)
    fc.assert(
      fc.property(fc.oneof(text, long), (key) => {
        const fits = key.length > 0 && encoder.encode(key).length <= MAX_STORE_KEY_BYTES
        if (fits) checkStoreKey(key)
        else expectCode(() => checkStoreKey(key), 'INVALID_KEY')
      }),
    )
  })

  it.each(['a', 'é', '語', '😀', SEPARATOR, '\0'])('made of %j alone ends exactly at the limit', (unit) => {
    const most = Math.floor(MAX_STORE_KEY_BYTES / encoder.encode(unit).length)
    expect(() => checkStoreKey(unit.repeat(most))).not.toThrow()
    expectCode(() => checkStoreKey(unit.repeat(most + 1)), 'INVALID_KEY', /at most 1536 UTF-8 bytes/)
  })

  it('is refused with what is wrong about it', () => {
    const checkAny = (key: unknown): void => checkStoreKey(key as string)
    expectCode(() => checkAny(''), 'INVALID_KEY', /got an empty string/)
    expectCode(() => checkAny('a\ud800b'), 'INVALID_KEY', /lone surrogate in "a\\ud800b"/)
    expectCode(() => checkAny(5), 'INVALID_KEY', /expected a string, got number/)
    expectCode(() => checkAny(null), 'INVALID_KEY', /got null/)
    expectCode(() => checkAny(undefined), 'INVALID_KEY', /got undefined/)
  })

  it('is shown by its beginning alone', () => {
    const error = thrownBy(() => checkStoreKey('secret'.repeat(1_000)))
    expect(String(error).length).toBeLessThan(150)
    expect(error).toMatchObject({ details: { maxBytes: MAX_STORE_KEY_BYTES } })
  })
})

describe('a key of a handle', () => {
  it('holds no separator', () => {
    expectCode(() => checkKey(`a${SEPARATOR}b`), 'INVALID_KEY', /without U\+241F/)
    expect(() => checkKey('a:b/../c')).not.toThrow()
  })

  it('has the room that its namespace leaves', () => {
    expect(() => checkKey('a'.repeat(MAX_KEY_BYTES))).not.toThrow()
    expectCode(() => checkKey('a'.repeat(MAX_KEY_BYTES + 1)), 'INVALID_KEY', /at most 1024/)
    expect(() => checkKey('aaa', 3)).not.toThrow()
    expectCode(() => checkKey('aaaa', 3), 'INVALID_KEY', /at most 3 UTF-8 bytes, got 4/)
    expectCode(() => checkKey('a', 0), 'INVALID_KEY', /at most 0 /)
  })
})

describe('a key made whole', () => {
  it('is what a check of the key and of the whole would let pass', () => {
    const prefix = fc.constantFrom('', `ns${SEPARATOR}`, `é${SEPARATOR}b${SEPARATOR}`)
    fc.assert(
      fc.property(prefix, fc.oneof(text, fc.constantFrom('', 'a'.repeat(65), SEPARATOR, '\ud800')), (before, key) => {
        const room = 70 - utf8Length(before)
        const fits = key !== '' && !key.includes(SEPARATOR) && key.isWellFormed() && utf8Length(key) <= room
        if (!fits) return expectCode(() => wholeKey(before, key, room), 'INVALID_KEY')
        expect(wholeKey(before, key, room)).toBe(before + key)
        checkStoreKey(before + key)
        expectCode(() => checkStoreKey(''), 'INVALID_KEY')
        return undefined
      }),
    )
  })
})

describe('namespaces', () => {
  it('reach up to and with the last separator', () => {
    expect(namespaceOf('a')).toBe('')
    expect(namespaceOf(`a${SEPARATOR}b`)).toBe(`a${SEPARATOR}`)
    expect(namespaceOf(`a${SEPARATOR}b${SEPARATOR}`)).toBe(`a${SEPARATOR}b${SEPARATOR}`)
  })

  it('end where a prefix can be cleared without listing keys', () => {
    expect(['', `a${SEPARATOR}`, `a${SEPARATOR}b${SEPARATOR}`].every(isBoundary)).toBe(true)
    expect(['a', `a${SEPARATOR}b`].some(isBoundary)).toBe(false)
  })
})
