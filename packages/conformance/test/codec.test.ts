import { deserialize, serialize } from 'node:v8'
import { CacheError, type Codec, json } from '@cachette/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkCodec } from '../src/codec.js'

const OPTIONS = { runs: 300, seed: 1 }

/** Structured clone, as bytes: it carries nearly everything, and loses prototypes silently. */
const v8: Codec = {
  name: 'v8',
  encode: (value) => new Uint8Array(serialize(value)),
  decode: (bytes): unknown => deserialize(bytes),
}

describe('checkCodec', () => {
  it('finds nothing wrong with json', async () => {
    const report = await checkCodec({ name: 'json', codec: json }, OPTIONS)
    expect(report.laws.map(({ law, status, failure }) => [law, status, failure?.title, failure?.got])).toEqual([
      ['V5', 'passed', undefined, undefined],
      ['V6', 'passed', undefined, undefined],
    ])
  })

  it('finds what structured clone loses', async () => {
    const report = await checkCodec({ name: 'v8', codec: () => v8 }, { ...OPTIONS, laws: ['V5'] })
    expect(report.laws).toMatchObject([{ law: 'V5', status: 'broken' }])
  })

  it('tries again what a report leads to, and only that', async () => {
    const report = await checkCodec({ name: 'v8', codec: () => v8 }, { ...OPTIONS, laws: ['V5'] })
    const failure = report.laws[0]?.failure
    const again = await checkCodec({ name: 'v8', codec: () => v8 }, { ...OPTIONS, laws: ['V5'], path: failure?.path })
    expect(again.laws[0]?.failure).toEqual(failure)
    expect(again.trials).toBeLessThan(report.trials)
  })

  it('takes the values of a codec for one kind of value', async () => {
    const numbers: Codec<number> = {
      name: 'numbers',
      encode: (value) => new Uint8Array(Float64Array.of(value).buffer),
      decode: (bytes) => {
        const [value] = bytes.length === 8 ? new Float64Array(bytes.slice().buffer) : []
        if (value === undefined) throw new CacheError('CORRUPT', 'no number')
        return value
      },
    }
    const subject = { name: 'numbers', codec: () => numbers, carries: fc.double(), values: fc.double() }
    expect((await checkCodec(subject, OPTIONS)).passed).toBe(true)
  })
})
