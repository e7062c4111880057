import { type Entry, manualClock } from '@cachette/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { memory } from '../src/index.js'
import { using } from './support.js'

function opened() {
  const clock = manualClock()
  const store = memory({ copies: true, clock })
  return { store, ...using(store, clock) }
}

/** On both sides of the length from which bytes are stored in another way. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 100 }),
  fc.uint8Array({ minLength: 1020, maxLength: 1030, size: 'max' }),
)

const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, index) => index)

describe('copies', () => {
  test('gives the bytes that it was given, as a plain array', async () => {
    const { set, get } = opened()
    await fc.assert(
      fc.asyncProperty(bytes, async (value) => {
        await set('k', value)
        const found = (await get('k'))?.value
        expect(found).toStrictEqual(Uint8Array.from(value))
        expect(Object.getPrototypeOf(found)).toBe(Uint8Array.prototype)
      }),
    )
    await set('k', EVERY_BYTE)
    expect((await get('k'))?.value).toStrictEqual(EVERY_BYTE)
  })

  test('takes views and buffers for the bytes that they show', async () => {
    const { set, get } = opened()
    await set('view', EVERY_BYTE.subarray(250))
    await set('buffer', Buffer.from('hello'))
    expect((await get('view'))?.value).toStrictEqual(Uint8Array.of(250, 251, 252, 253, 254, 255))
    expect((await get('buffer'))?.value).toStrictEqual(new TextEncoder().encode('hello'))
  })

  test.each([100, 5000])('nothing that was put in or got out reaches what is stored (%i bytes)', async (length) => {
    const { store, put, get, call } = opened()
    const value = new Uint8Array(length).fill(1)
    const change = put('k', value)
    const tags = [{ name: 't', marker: 'm' }]
    const marks: Record<string, number> = { layer: 1 }
    const version = { time: 5, count: 5, writer: 5 }
    if (change.entry === undefined) throw new Error('expected an entry')
    const entry: Entry = { ...change.entry, tags, marks, version }
    await store.write([{ ...change, entry }], call())
    const before = structuredClone(await get('k'))

    value.fill(2)
    tags.push({ name: 'other', marker: 'other' })
    for (const tag of tags) tag.marker = 'changed'
    marks['layer'] = 2
    version.time = 6
    expect(await get('k')).toStrictEqual(before)

    const scanned = []
    for await (const page of store.scan('', call())) scanned.push(...page.map(([, found]) => found))
    for (const found of [await get('k'), ...scanned]) {
      found?.value?.fill(3)
      if (found === undefined) throw new Error('expected an entry')
      // What is shared between readers is frozen.
      for (const [shared, change] of [
        [found.tags[0], { name: 'changed' }],
        [found.marks, { layer: 3 }],
        [found.version, { time: 7 }],
      ]) {
        expect(() => Object.assign(shared ?? {}, change)).toThrow(TypeError)
      }
    }
    expect(await get('k')).toStrictEqual(before)
  })

  test('headers come without values', async () => {
    const { store, set, get, call } = opened()
    await set('k', EVERY_BYTE)
    expect(await get('k', { want: 'header' })).toMatchObject({ kind: 'value', value: undefined })
    for await (const page of store.scan('', call({ want: 'header' }))) expect(page[0]?.[1].value).toBeUndefined()
  })

  test('where an answer came from is not stored', async () => {
    const { store, put, get, call } = opened()
    const change = put('k', EVERY_BYTE)
    if (change.entry === undefined) throw new Error('expected an entry')
    await store.write([{ ...change, entry: { ...change.entry, from: 'elsewhere' } }], call())
    expect(await get('k')).not.toHaveProperty('from')
  })
})
