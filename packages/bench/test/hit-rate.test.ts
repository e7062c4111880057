import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { lru } from '@cachette/eviction'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hitRates } from '../src/hit-rate/command.js'
import { POLICIES } from '../src/hit-rate/policies.js'
import { hitPercent } from '../src/hit-rate/replay.js'
import type { Row } from '../src/hit-rate/row.js'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cachette-traces-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function put(name: string, keys: readonly string[]): void {
  writeFileSync(join(folder, `${name}.txt.gz`), gzipSync(`${keys.join('\n')}\n`))
}

function asked(...args: readonly string[]): { readonly status: number; readonly out: string; readonly err: string } {
  const texts = { out: '', err: '' }
  const into = (name: 'out' | 'err') =>
    new Writable({
      write(chunk, _, done) {
        texts[name] += String(chunk)
        done()
      },
    }) as unknown as NodeJS.WriteStream
  const status = hitRates(args, { out: into('out'), err: into('err') })
  return { status, ...texts }
}

const rowsOf = (text: string): readonly Row[] => JSON.parse(text) as readonly Row[]

describe('hit rates', () => {
  it('counts every request, warm-up included', () => {
    expect(hitPercent(['a', 'b', 'a', 'c', 'b'], 2, lru)).toBe(20)
  })

  it('replays each trace at the sizes that the folder gives', () => {
    put('some', ['1', '2', '1', '2'])
    writeFileSync(
      join(folder, 'hit-rates.json'),
      JSON.stringify({ traces: { some: { hitPercent: { 2: {}, 1: {} } } } }),
    )
    const rows = rowsOf(asked(folder, '--json').out)
    expect(rows).toHaveLength(2 * Object.keys(POLICIES).length)
    expect(rows).toContainEqual({ trace: 'some', size: 2, policy: 'lru', hitPercent: 50 })
    expect(rows).toContainEqual({ trace: 'some', size: 1, policy: 'fifo', hitPercent: 0 })
  })

  it('takes 1, 3 and 10 % of the keys where no sizes are given', () => {
    put(
      'other',
      Array.from({ length: 200 }, (_, key) => String(key)),
    )
    expect(new Set(rowsOf(asked(folder, '--json').out).map(({ size }) => size))).toEqual(new Set([2, 6, 20]))
  })

  it('shows a table, and the averages at its end', () => {
    put('some', ['1', '1', '2'])
    const { out, status } = asked(folder)
    expect(status).toBe(0)
    expect(out).toMatch(/fifo +lru .*\nsome at 1 +33\.33/)
    expect(out).toMatch(/average +33\.33/)
  })

  it.each([
    [[], 'expected one folder'],
    [['/nowhere/at-all'], 'expected a folder of traces'],
    [['.', '--yaml'], "Unknown option '--yaml'"],
  ])('refuses %j', (args, message) => {
    const { status, err } = asked(...args)
    expect(status).toBe(2)
    expect(err).toContain(message)
  })

  it('refuses a folder without traces, and sizes that are none', () => {
    expect(asked(folder).err).toContain('found none')
    put('some', ['1'])
    writeFileSync(join(folder, 'hit-rates.json'), JSON.stringify({ traces: { some: { hitPercent: { many: {} } } } }))
    expect(asked(folder).err).toContain('expected sizes of some in entries')
  })
})
