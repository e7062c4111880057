import { crc32 as platformCrc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Bytes } from '../src/contract.js'
import { FRAME_OFFSETS as AT, FRAME_FLAGS } from '../src/frame/layout.js'
import { frame } from '../src/frame.js'
import { anyEntry, anyKey, anyOptions, bytes, KEY, sample, sealed } from './support/frames.js'

function forged(change: (view: DataView) => void, framed: Bytes = frame().write(sample(), KEY)): Bytes {
  const copy = new Uint8Array(framed)
  change(new DataView(copy.buffer))
  return sealed(copy)
}

function withSection(text: string): Bytes {
  const section = new TextEncoder().encode(text)
  const head = frame().write({ ...sample({ tags: [], marks: {} }), value: bytes() }, KEY)
  return forged((view) => view.setUint16(AT.sectionBytes, section.length), Uint8Array.of(...head, ...section))
}

const kindOf = (framed: Bytes): string | undefined => frame().read(framed, KEY)?.kind

describe('damage', () => {
  it('is found in any byte, and never another entry', () => {
    fc.assert(
      fc.property(
        anyEntry,
        anyKey,
        anyOptions,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (stored, key, options, at, bits) => {
          const framed = new Uint8Array(frame({ ...options, covers: 'all' }).write(stored, key))
          const place = at % framed.length
          framed[place] = (framed[place] ?? 0) ^ bits
          expect(frame().read(framed, key)?.kind).toBe('damaged')
        },
      ),
      { numRuns: 500 },
    )
  })

  it('is found in the header also where the value is not covered', () => {
    fc.assert(
      fc.property(anyEntry, anyKey, fc.nat(), (stored, key, at) => {
        const framed = new Uint8Array(frame({ covers: 'header' }).write(stored, key))
        const place = at % (framed.length - stored.value.length)
        framed[place] = (framed[place] ?? 0) ^ 1
        expect(frame().read(framed, key, 'header')?.kind).toBe('damaged')
      }),
    )
  })

  it('is found in what is cut short or has a tail', () => {
    fc.assert(
      fc.property(
        anyEntry,
        anyKey,
        anyOptions,
        fc.nat(),
        fc.uint8Array({ minLength: 1 }),
        (stored, key, options, at, tail) => {
          const framed = frame(options).write(stored, key)
          for (const wrong of [framed.subarray(0, at % framed.length), Uint8Array.of(...framed, ...tail)]) {
            for (const want of ['value', 'header'] as const)
              expect(frame().read(wrong, key, want)?.kind).toBe('damaged')
          }
        },
      ),
    )
  })

  it('of the value shows in no read of the header', () => {
    const framed = frame().write(sample(), KEY)
    framed[framed.length - 1] = 0
    expect(frame().read(framed, KEY, 'header')?.kind).toBe('value')
    expect(frame().read(framed, KEY, 'value')?.kind).toBe('damaged')
  })

  it('is absent, stays until it is replaced, and has a version of its own', () => {
    const rubbish = bytes(1, 2, 3)
    const found = frame().read(rubbish, KEY)
    expect(found).toEqual({
      createdAt: 0,
      staleAt: 0,
      expiresAt: 0,
      keptUntil: Infinity,
      version: { time: 0, count: 0, writer: platformCrc32(rubbish) },
      kind: 'damaged',
      tags: [],
      marks: {},
      size: 3,
      value: undefined,
    })
    expect(frame().read(rubbish, KEY, 'header')?.version).toEqual(found?.version)
    expect(frame().read(bytes(1, 2, 4), KEY)?.version).not.toEqual(found?.version)
  })

  it('is whatever is no frame, and costs no memory by what it says', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (rubbish) => {
        expect(kindOf(rubbish)).toBe('damaged')
        expect(frame().readKey(rubbish)).toBeUndefined()
      }),
    )
  })
})

describe('a forged frame', () => {
  const anyHead = fc.record({
    at: fc.nat({ max: AT.section + 40 }),
    with: fc.uint8Array({ minLength: 1, maxLength: 16 }),
  })

  it('never throws, and gives no value that is not in its bytes', () => {
    fc.assert(
      fc.property(
        anyEntry,
        anyKey,
        anyOptions,
        fc.array(anyHead, { minLength: 1, maxLength: 4 }),
        (stored, key, options, wounds) => {
          const framed = new Uint8Array(frame(options).write(stored, key))
          for (const wound of wounds)
            framed.set(wound.with.subarray(0, Math.max(0, framed.length - wound.at)), Math.min(wound.at, framed.length))
          sealed(framed)
          for (const want of ['value', 'header'] as const) {
            const found = frame().read(framed, key, want)
            expect(found?.value?.length ?? 0).toBeLessThanOrEqual(framed.length)
            expect(found === undefined || found.expiresAt >= 0).toBe(true)
          }
          frame().readKey(framed)
        },
      ),
      { numRuns: 500 },
    )
  })

  it.each<[string, (view: DataView) => void]>([
    ['of another magic', (view) => view.setUint8(AT.magic, 0xcb)],
    ['of a later format', (view) => view.setUint8(AT.format, 2)],
    ['with a flag that there is not', (view) => view.setUint8(AT.flags, view.getUint8(AT.flags) | 0b1000_0000)],
    ['of no kind', (view) => view.setUint8(AT.flags, view.getUint8(AT.flags) | FRAME_FLAGS.kind)],
    ['with a key that it does not have', (view) => view.setUint8(AT.flags, view.getUint8(AT.flags) | FRAME_FLAGS.key)],
    ['with a section past its end', (view) => view.setUint16(AT.sectionBytes, 0xffff)],
    ['with a key past its end', (view) => view.setUint16(AT.keyBytes, 0xffff)],
    ['with an enormous value', (view) => view.setUint16(AT.valueBytes, 0xffff)],
    ['with a value of one byte more', (view) => view.setUint8(AT.valueBytes + 5, 4)],
    ['with a time that is no number', (view) => view.setFloat64(AT.expiresAt, Number.NaN)],
    ['with a time before all times', (view) => view.setFloat64(AT.createdAt, -1)],
    ['with a section that is no text', (view) => view.setUint8(AT.section, 0xff)],
    ['with a section that is no JSON', (view) => view.setUint8(AT.section, 0x21)],
    ['with a section that is too short', (view) => view.setUint16(AT.sectionBytes, 2)],
  ])('%s is damaged', (_, change) => {
    expect(kindOf(forged(change))).toBe('damaged')
  })

  it.each([
    '{}',
    '[]',
    '[null]',
    '[[]]',
    '["x"]',
    '[{"a":null}]',
    '[{"a":{}}]',
    '[{"a":1e999}]',
    '[{},"x"]',
    '[{},[]]',
    '[{},[1]]',
    '[{},["a",null]]',
    '[{},["a","b","c"]]',
  ])('with the section %s is damaged', (text) => {
    expect(kindOf(withSection(text))).toBe('damaged')
  })

  it('with a section that is nothing but brackets is damaged', () => {
    expect(kindOf(withSection(`${'['.repeat(30_000)}${']'.repeat(30_000)}`))).toBe('damaged')
  })
})
