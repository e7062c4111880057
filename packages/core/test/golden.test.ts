import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Entry, Found, Mark } from '../src/contract.js'
import { FRAME_OFFSETS } from '../src/frame/layout.js'
import { frame } from '../src/frame.js'
import { SAMPLES } from './golden/samples.js'

/**
 * Every frame that was ever written is read for ever. The files are made once, by
 * `CACHETTE_GOLDEN=write npx vitest run --project core golden`, and never again: one that is there is not overwritten.
 */
const folder = new URL('golden/', import.meta.url)
const specification = readFileSync(new URL('../../../docs/format.md', import.meta.url), 'utf8')

/** What a golden file must read as; JSON has no `Infinity` and no bytes. */
interface Expected {
  readonly key: string
  readonly storesKey: boolean
  readonly header: Readonly<Record<string, unknown>>
  readonly marks: readonly { readonly name: string; readonly mark: Mark }[]
  readonly hex: string
}

function expectedOf(found: Entry | Found, key: string, storesKey: boolean): Expected {
  const { value, marks, ...header } = found
  const times = Object.fromEntries(
    Object.entries(header).map(([name, fact]) => [name, fact === Infinity ? 'Infinity' : fact]),
  )
  return {
    key,
    storesKey,
    header: times,
    marks: Object.entries(marks).map(([name, mark]) => ({ name, mark })),
    hex: Buffer.from(value ?? []).toString('hex'),
  }
}

if (process.env['CACHETTE_GOLDEN'] === 'write') {
  const there = new Set(readdirSync(folder))
  for (const [name, { key, entry, options }] of Object.entries(SAMPLES)) {
    if (there.has(`${name}.bin`)) continue
    const expected = expectedOf(entry, key, options?.keys === true)
    writeFileSync(new URL(`${name}.bin`, folder), frame(options).write(entry, key), { flag: 'wx' })
    writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(expected, undefined, 2)}\n`, { flag: 'wx' })
  }
}

const names = readdirSync(folder)
  .filter((file) => file.endsWith('.bin'))
  .map((file) => file.slice(0, -'.bin'.length))

describe('golden files', () => {
  it('are there for every sample', () => {
    expect(names).toEqual(expect.arrayContaining(Object.keys(SAMPLES)))
  })

  it.each(names)('%s reads as it was written', (name) => {
    const stored = readFileSync(new URL(`${name}.bin`, folder))
    const expected = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as Expected
    const found = frame().read(stored, expected.key)
    expect(found && expectedOf(found, expected.key, expected.storesKey)).toEqual(expected)
    expect(frame().readKey(stored)).toBe(expected.storesKey ? expected.key : undefined)
    const header = frame().read(stored, expected.key, 'header')
    expect(header && expectedOf(header, expected.key, expected.storesKey)).toEqual({ ...expected, hex: '' })
  })

  it.each(Object.entries(SAMPLES))('%s is still written as it was', (name, { key, entry, options }) => {
    const stored = readFileSync(new URL(`${name}.bin`, folder))
    expect(Buffer.from(frame(options).write(entry, key)).equals(stored)).toBe(true)
  })
})

describe('docs/format.md', () => {
  it('has the fields where the code has them', () => {
    const rows = [...specification.matchAll(/^\| *(\d+) *\|[^|]*\|[^|]*\| `(\w+)`/gm)]
    expect(Object.fromEntries(rows.map(([, offset, name]) => [name, Number(offset)]))).toEqual(FRAME_OFFSETS)
  })

  it('shows an example that the code writes and reads', () => {
    const { key, entry } = SAMPLES['v1-value'] ?? expect.fail('no such sample')
    const hex = [...specification.matchAll(/^([0-9a-f]{4}) ((?: [0-9a-f]{2})+)/gm)].map(([, , row]) => row).join('')
    const shown = Buffer.from(hex.replaceAll(' ', ''), 'hex')
    expect(shown.toString('hex')).toBe(Buffer.from(frame().write(entry, key)).toString('hex'))
    expect(frame().read(shown, key)?.marks).toEqual(entry.marks)
  })
})
