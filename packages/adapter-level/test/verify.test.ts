import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { manualClock } from '@cachette/core'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { level } from '../src/index.js'
import { crc32c, masked } from '../src/verify/crc32c.js'
import { Damage } from '../src/verify/file.js'
import { unsnappy } from '../src/verify/snappy.js'
import { Cursor } from '../src/verify/varint.js'
import { findDamage } from '../src/verify.js'
import { copied, filesOf, filled } from './filled.js'
import { freshPath } from './support.js'
import { using } from './using.js'

let whole: string
beforeAll(async () => {
  whole = await filled()
}, 60_000)

describe('CRC-32C', () => {
  test.each([
    ['123456789', 0xe3069283],
    ['', 0],
    ['\0'.repeat(32), 0x8a9136aa],
    ['\xff'.repeat(32), 0x62a8ab43],
  ])('of %j', (text, checksum) => {
    const bytes = Buffer.from(text, 'latin1')
    expect(crc32c(bytes)).toBe(checksum)
    expect(crc32c(bytes.subarray(5), crc32c(bytes.subarray(0, 5)))).toBe(checksum)
  })

  test('is masked as LevelDB does', () => {
    expect(masked(0)).toBe(0xa282ead8)
    expect(masked(0xffffffff)).toBe(0xa282ead7)
  })
})

describe('what LevelDB wrote is whole', () => {
  test('with tables that are compressed', async () => {
    expect(filesOf(whole, /\.ldb$/).length).toBeGreaterThan(3)
    expect(await findDamage(whole)).toBeUndefined()
  })

  test('with values that take many windows, compressed or not', async () => {
    for (const compression of [true, false]) {
      const path = freshPath()
      const clock = manualClock()
      const store = level({ path, clock, compression, bufferBytes: 1_048_576 })
      const { set } = using(store, clock)
      for (const key of ['a', 'b', 'c', 'd']) await set(key, 'a long value '.repeat(250_000))
      await store.close()
      expect(await findDamage(path)).toBeUndefined()
    }
  })
})

test('any byte of a table or log that is not as it was is found', async () => {
  const files = filesOf(whole, /\.(ldb|log)$/)
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...files),
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      fc.integer({ min: 1, max: 255 }),
      async (file, where, difference) => {
        const path = copied(whole)
        const bytes = readFileSync(join(path, file))
        const at = Math.floor(where * bytes.length)
        // The last bytes of a footer before its magic are not used, and say nothing.
        fc.pre(!file.endsWith('.ldb') || at < bytes.length - 48 || at >= bytes.length - 8)
        bytes[at] = (bytes[at] ?? 0) ^ difference
        writeFileSync(join(path, file), bytes)
        expect(await findDamage(path)).toMatchObject({ file })
      },
    ),
    { numRuns: 60 },
  )
}, 60_000)

test('where a log was filled with zeros, what comes behind tells', async () => {
  const path = copied(whole)
  const [file = ''] = filesOf(path, /\.log$/)
  const bytes = readFileSync(join(path, file))
  writeFileSync(join(path, file), Buffer.concat([bytes, Buffer.alloc(5_000)]))
  expect(await findDamage(path)).toBeUndefined()
  writeFileSync(join(path, file), bytes.fill(0, 2_000, 2_500))
  expect(await findDamage(path)).toMatchObject({ file })
})

describe('Snappy', () => {
  test.each([
    ['a literal', [5, 4 << 2, ...Buffer.from('hello')], 'hello'],
    ['a copy that runs into itself', [8, 0, 0x61, ((7 - 4) << 2) | 1, 1], 'a'.repeat(8)],
    ['a copy from further off', [6, 2 << 2, ...Buffer.from('abc'), (2 << 2) | 2, 3, 0], 'abcabc'],
    ['a copy from furthest', [6, 2 << 2, ...Buffer.from('abc'), (2 << 2) | 3, 3, 0, 0, 0], 'abcabc'],
    ['a literal whose length takes a byte', [70, 60 << 2, 69, ...Buffer.alloc(70, 'x')], 'x'.repeat(70)],
  ])('%s', (_, packed, text) => {
    expect(Buffer.from(unsnappy(Uint8Array.from(packed))).toString()).toBe(text)
  })

  test.each([
    ['a length that is forged', [0xff, 0xff, 0xff, 0xff, 0x7f]],
    ['a length without an end', Array.from({ length: 12 }, () => 0xff)],
    ['a literal that is cut off', [5, 4 << 2, 1, 2]],
    ['too much', [1, 4 << 2, 1, 2, 3, 4, 5]],
    ['too little', [9, 0, 1]],
    ['a copy of what is not there', [8, 0, 1, 1, 9]],
  ])('%s is damage', (_, packed) => {
    expect(() => unsnappy(Uint8Array.from(packed))).toThrow(Damage)
  })

  test('of anything is damage or an end, and never anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (packed) => {
        try {
          unsnappy(packed)
        } catch (error) {
          expect(error).toBeInstanceOf(Damage)
        }
      }),
    )
  })
})

test('numbers are read as they are written', () => {
  const cursor = new Cursor(Uint8Array.of(0, 127, 0x80, 1, 0xff, 0xff, 3))
  expect([cursor.number(), cursor.number(), cursor.number(), cursor.number(), cursor.ended]).toEqual([
    0,
    127,
    128,
    65_535,
    true,
  ])
})
