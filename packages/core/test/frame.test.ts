import { crc32 as platformCrc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Bytes, Entry } from '../src/contract.js'
import { crc32 } from '../src/frame/crc32.js'
import { FRAME_OFFSETS as AT, versionBytes } from '../src/frame/layout.js'
import { frame } from '../src/frame.js'
import { compareVersions } from '../src/versions.js'
import { NOW } from './support/entries.js'
import { expectCode, thrownBy } from './support/failures.js'
import { anyEntry, anyKey, anyOptions, anyVersion, bytes, KEY, plain, sample, sealed } from './support/frames.js'

describe('a frame', () => {
  it('gives back the entry that was written, whatever options either side has', () => {
    fc.assert(
      fc.property(anyEntry, anyKey, anyOptions, anyOptions, (stored, key, writing, reading) => {
        const framed = frame(writing).write(stored, key)
        expect(plain(frame(reading).read(framed, key))).toEqual(plain(stored))
        const header = frame(reading).read(framed, key, 'header')
        expect(plain(header)).toEqual(plain({ ...stored, value: undefined }))
        expect(frame(reading).readKey(framed)).toBe(writing.keys === true ? key : undefined)
      }),
    )
  })

  it('gives back a sequence of entries, each with its own marks and tags', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyEntry, anyKey), { maxLength: 8 }), anyOptions, (entries, options) => {
        const format = frame(options)
        const framed = entries.map(([stored, key]) => format.write(stored, key))
        for (const [index, [stored, key]] of [...entries, ...entries].entries()) {
          const found = format.read(framed[index % entries.length] ?? bytes(), key)
          expect(plain(found)).toEqual(plain(stored))
        }
      }),
    )
  })

  it('leaves out which store it came from, and counts the size itself', () => {
    const found = frame().read(frame().write(sample({ from: 'tier 2', size: 99 }), KEY), KEY)
    expect(found).not.toHaveProperty('from')
    expect(found?.size).toBe(3)
  })

  it('is bytes of its own, and its value a view of them', () => {
    const value = bytes(1, 2, 3)
    const framed = frame().write({ ...sample(), value }, KEY)
    value.fill(9)
    const found = frame().read(framed, KEY)
    expect([...(found?.value ?? [])]).toEqual([1, 2, 3])
    expect(found?.value?.buffer).toBe(framed.buffer)
    const other = frame().write(sample(), KEY)
    other.fill(0)
    expect(frame().read(framed, KEY)?.kind).toBe('value')
  })

  it('may be large, and may lie anywhere in a buffer', () => {
    const value = new Uint8Array(100_000).fill(7)
    const framed = frame({ crc32: platformCrc32 }).write({ ...sample(), value }, KEY)
    const padded = new Uint8Array(framed.length + 3)
    padded.set(framed, 3)
    const found = frame().read(padded.subarray(3), KEY)
    expect(found).toMatchObject({ kind: 'value', size: 100_000 })
    expect(found?.value?.every((byte) => byte === 7)).toBe(true)
  })

  it('gives the same frozen marks and tags for the same bytes', () => {
    const format = frame()
    const [first, second] = ['a', 'b'].map((key) => format.read(format.write(sample(), key), key))
    expect(first?.marks).toBe(second?.marks)
    expect(first?.tags).toBe(second?.tags)
    expect([first?.marks, first?.tags, first?.tags[0]].every(Object.isFrozen)).toBe(true)
  })

  it('notices marks that were changed in place, or look alike', () => {
    const format = frame()
    const marks: Record<string, string | number | boolean> = { a: 1 }
    const written = () => format.read(format.write(sample({ marks, tags: [] }), KEY), KEY)?.marks
    expect(written()).toEqual({ a: 1 })
    marks['a'] = '1'
    expect(written()).toEqual({ a: '1' })
    marks['b'] = true
    expect(written()).toEqual({ a: '1', b: true })
    delete marks['a']
    expect(written()).toEqual({ b: true })
    delete marks['b']
    expect(written()).toEqual({})
  })

  it('takes marks under names that objects are born with for what they are', () => {
    const marks = JSON.parse('{"__proto__":"x","toString":1}') as Record<string, string>
    const found = frame().read(frame().write(sample({ marks }), KEY), KEY)
    expect(Object.entries(found?.marks ?? {})).toEqual([
      ['__proto__', 'x'],
      ['toString', 1],
    ])
    expect(Object.getPrototypeOf(found?.marks)).toBe(Object.prototype)
  })
})

describe('the stored key', () => {
  const format = frame({ keys: true })

  it('makes an entry of another key nobody’s', () => {
    fc.assert(
      fc.property(anyEntry, anyKey, anyKey, (stored, key, other) => {
        fc.pre(key !== other)
        const framed = format.write(stored, key)
        expect(frame().read(framed, other)).toBeUndefined()
        expect(frame().read(framed, other, 'header')).toBeUndefined()
      }),
    )
  })

  it('is nothing in damaged bytes', () => {
    const framed = format.write(sample(), KEY)
    framed[AT.version] = 0xff
    expect(format.readKey(framed)).toBeUndefined()
  })

  it('is nobody’s where it is no text', () => {
    const framed = format.write(sample(), KEY)
    const keyAt = AT.section + new DataView(framed.buffer, framed.byteOffset).getUint16(AT.sectionBytes)
    framed[keyAt] = 0xff
    expect(format.readKey(sealed(framed))).toBeUndefined()
    expect(format.read(framed, KEY)).toBeUndefined()
  })
})

describe('limits', () => {
  it('refuses a frame longer than the backend takes, before it is made', () => {
    const { length } = frame().write(sample(), KEY)
    expect(frame({ maxBytes: length }).write(sample(), KEY)).toHaveLength(length)
    const error = thrownBy(() => frame({ maxBytes: length - 1 }).write(sample(), KEY))
    expect(error).toMatchObject({ code: 'TOO_LARGE', details: { maxBytes: length - 1, bytes: length } })
  })

  it('refuses a value longer than the format can say', () => {
    const value = { bytes: 2 ** 48, checksum: undefined }
    expectCode(() => frame({ maxBytes: Infinity }).writeHead(sample(), KEY, value), 'TOO_LARGE')
  })

  it('takes marks and tags up to 65,535 bytes', () => {
    const around = '[{"a":""}]'.length
    const fits = sample({ tags: [], marks: { a: 'x'.repeat(0xffff - around) } })
    expect(frame().read(frame().write(fits, KEY), KEY)?.marks).toEqual(fits.marks)
    for (const text of ['x'.repeat(0x10000 - around), 'é'.repeat(40_000), 'x'.repeat(1_000_000)]) {
      expectCode(() => frame().write(sample({ marks: { a: text } }), KEY), 'TOO_LARGE')
    }
    const tags = Array.from({ length: 9_000 }, (_, index) => ({ name: `tag ${index}` }))
    expectCode(() => frame().write(sample({ tags }), KEY), 'TOO_LARGE')
  })

  it('takes keys up to 65,535 bytes', () => {
    const format = frame({ keys: true })
    const key = 'é'.repeat(32_767)
    expect(format.readKey(format.write(sample(), key))).toBe(key)
    expectCode(() => format.write(sample(), `${key}é`), 'TOO_LARGE')
  })
})

describe('what no frame can hold is refused', () => {
  it.each<[string, Partial<Entry>]>([
    ['damage', { kind: 'damaged' }],
    ['a time that is no number', { staleAt: Number.NaN }],
    ['a time before all times', { createdAt: -1 }],
    ['a version with a fraction', { version: { time: 1.5, count: 0, writer: 0 } }],
    ['a version of too high a count', { version: { time: 1, count: 0x10000, writer: 0 } }],
    ['a version of too large a writer', { version: { time: 1, count: 0, writer: 2 ** 48 } }],
    ['a version that is no number', { version: { time: Number.NaN, count: 0, writer: 0 } }],
    ['a mark that JSON would change', { marks: { a: -0 } }],
    ['a mark that JSON would drop', { marks: { a: Number.NaN } }],
  ])('%s', (_, facts) => {
    expectCode(() => frame().write(sample(facts), KEY), 'INVALID_VALUE')
  })
})

describe('options', () => {
  it.each<[string, object, RegExp]>([
    ['of an unknown name', { cover: 'all' }, /did you mean "covers"/],
    ['with a coverage that there is not', { covers: 'value' }, /covers to be "all" or "header"/],
    ['with a limit that is none', { maxBytes: 0 }, /maxBytes/],
    ['with another checksum', { crc32: () => 1 }, /crc32/],
    ['with a checksum that takes no seed', { crc32: (data: Bytes) => platformCrc32(data) }, /crc32/],
  ])('%s are refused', (_, options, message) => {
    expectCode(() => frame(options), 'INVALID_OPTION', message)
  })
})

describe('a head', () => {
  const format = frame({ keys: true })
  const value = bytes(5, 6, 7)
  const facts = { bytes: value.length, checksum: platformCrc32(value) }

  it('with its value behind it is the frame', () => {
    const head = format.writeHead(sample(), KEY, facts)
    const whole = format.write({ ...sample(), version: { time: 1, count: 2, writer: 3 }, value }, KEY)
    const again = format.writeHead({ ...sample(), version: { time: 1, count: 2, writer: 3 } }, KEY, facts)
    expect([...again, ...value]).toEqual([...whole])
    expect(format.read(Uint8Array.of(...head, ...value), KEY)?.value).toEqual(value)
  })

  it('tells the header alone, where the frame is as long as it says', () => {
    const head = format.writeHead(sample(), KEY, facts)
    expect(format.readHead(head, KEY, head.length + 3)).toMatchObject({ kind: 'value', size: 3, value: undefined })
    expect(format.readHead(head, 'another', head.length + 3)).toBeUndefined()
    expect(format.readHead(head, KEY, head.length + 2)?.kind).toBe('damaged')
    expect(format.readHead(head.subarray(0, -1), KEY, head.length + 3)?.kind).toBe('damaged')
  })

  it('may leave its value uncovered', () => {
    const head = format.writeHead(sample(), KEY, { bytes: 3, checksum: undefined })
    expect(format.read(Uint8Array.of(...head, 9, 9, 9), KEY)?.value).toEqual(bytes(9, 9, 9))
  })
})

describe('the order of bytes', () => {
  const compare = (a: Bytes, b: Bytes): number => Math.sign(Buffer.compare(a, b))

  it('is the order of versions', () => {
    fc.assert(
      fc.property(anyVersion, anyVersion, (a, b) => {
        expect(compare(versionBytes(a), versionBytes(b))).toBe(Math.sign(compareVersions(a, b)))
        const framed = frame().write(sample({ version: a }), KEY)
        expect(framed.subarray(AT.version, AT.sectionBytes)).toEqual(versionBytes(a))
      }),
    )
  })

  it('is the order of times', () => {
    const at = (expiresAt: number): Bytes =>
      frame()
        .write(sample({ expiresAt, keptUntil: Infinity }), KEY)
        .slice(AT.expiresAt, AT.keptUntil)
    const time = fc.oneof(
      fc.double({ min: 0, noNaN: true }).map((each) => each + 0),
      fc.constantFrom(NOW, NOW + 1, Infinity),
    )
    fc.assert(fc.property(time, time, (a, b) => compare(at(a), at(b)) === Math.sign(a === b ? 0 : a - b)))
  })
})

describe('the checksum', () => {
  it('is CRC-32 as zlib has it', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 10, maxLength: 300 }),
        fc.nat({ max: 0xffff_ffff }),
        fc.nat({ max: 9 }),
        (data, seed, cut) => {
          expect(crc32(data, cut, data.length, seed)).toBe(platformCrc32(data.subarray(cut), seed))
        },
      ),
    )
  })
})
