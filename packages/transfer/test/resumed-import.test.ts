import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { type Checkpoint, checkpointOf, importFrom, type Progress } from '../src/index.js'
import { exported, FIRST, fileOf, GOOD, line, whole } from './files.js'
import { clock, contents, copies, entry, failure, numbered, ordered, put } from './support.js'

async function fileWith(count: number): Promise<string> {
  const from = ordered()
  await put(from, numbered(count))
  return exported(from)
}

describe('an import that goes on', () => {
  it('from every checkpoint that it told, the last one included', async () => {
    const text = await fileWith(20)
    const told: Progress[] = []
    const onProgress = (progress: Progress): void => void told.push(progress)
    await importFrom(whole(text), copies(), { clock, batchBytes: 1, onProgress })
    expect(told.length).toBeGreaterThan(20)
    for (const { checkpoint, counts } of told) {
      const to = copies()
      const report = await importFrom(whole(text), to, { clock, checkpoint })
      expect(report).toMatchObject({ verified: true, complete: true, counts: { seen: 20, copied: 20 } })
      expect(Object.keys(await contents(to))).toHaveLength(20 - counts.copied)
    }
  })

  it('is refused for another file of the same store, which it would leave out parts of', async () => {
    const text = await fileWith(20)
    const told: Progress[] = []
    await importFrom(whole(text), copies(), { clock, onProgress: (progress) => void told.push(progress) })
    const checkpoint = told.at(-1)?.checkpoint
    const longer = ordered()
    await put(longer, { ...numbered(30), 'key 0001': entry('"another"') })
    const to = copies()
    for (const other of [await exported(longer), await fileWith(5)]) {
      const error = await failure(importFrom(whole(other), to, { clock, checkpoint, partial: true }))
      expect(error).toMatchObject({ code: 'INVALID_OPTION' })
      expect(error.message).toContain('expected a checkpoint of this very file')
    }
    expect(await contents(to)).toEqual({})
  })

  it('from before its first line, and after a source that gave nothing', async () => {
    const text = await fileWith(5)
    async function* broken(): AsyncIterable<string> {
      yield* []
      throw new Error('not yet')
    }
    const to = copies()
    const first = checkpointOf(await failure(importFrom(broken(), to, { clock })))
    const cut = text.slice(0, text.indexOf('key 0003'))
    const second = checkpointOf(await failure(importFrom(whole(cut), to, { clock, checkpoint: first })))
    expect(second?.lines).toBe(4)
    const third = checkpointOf(await failure(importFrom(broken(), to, { clock, checkpoint: second })))
    expect(third).toEqual(second)
    const report = await importFrom(whole(text), to, { clock, checkpoint: third })
    expect(report).toMatchObject({ verified: true, complete: true, counts: { seen: 5, copied: 5 } })
  })

  it('is refused for a checkpoint of another verb or target, before anything is read', async () => {
    const counts = { seen: 0, copied: 0, same: 0, newer: 0, leftOut: 0, damaged: 0, bytes: 0 }
    const own: Checkpoint = { operation: 'import', from: 'memory', to: 'memory', prefix: '', lines: 0, counts }
    for (const other of [{ operation: 'migrate' }, { to: 'lmdb' }] as const) {
      const checkpoint = { ...own, ...other }
      const error = await failure(importFrom(whole('nothing'), copies(), { clock, checkpoint }))
      expect(error).toMatchObject({ code: 'INVALID_OPTION' })
    }
  })
})

describe('a file that was cut off', () => {
  it('in the middle of a line gives what is whole of it, where that is allowed', async () => {
    const text = await fileWith(5)
    const at = text.indexOf('key 0003') + 4
    const [strict, to] = [copies(), copies()]
    const error = await failure(importFrom(whole(text.slice(0, at)), strict, { clock }))
    expect(error).toMatchObject({ code: 'CORRUPT', details: { line: 5 } })
    expect(error.message).toContain('line 5: the file was cut off: expected its last line')
    expect(Object.keys(await contents(strict))).toHaveLength(3)
    const report = await importFrom(whole(text.slice(0, at)), to, { clock, partial: true })
    expect(report).toMatchObject({ complete: false, verified: true, counts: { copied: 3 } })
  })

  it('is told from one whose last line is wrong', async () => {
    const wrong = fileOf(GOOD)
      .replace(/\{"entries".*\n/, line({ entries: 2, sha256: '' }))
      .trimEnd()
    expect((await failure(importFrom(whole(wrong), copies(), { clock, partial: true }))).message).toContain('2 entries')
    const more = `${fileOf(GOOD)}more`
    expect((await failure(importFrom(whole(more), copies(), { clock, partial: true }))).message).toContain('after the')
  })

  it('is whole without the end of its last line', async () => {
    expect(await importFrom(whole(fileOf(GOOD).trimEnd()), copies(), { clock })).toMatchObject({ complete: true })
  })
})

describe('a file that is none, or has been through an editor', () => {
  it.each<[string, string | Uint8Array, string]>([
    ['nothing', '', 'line 1: the file was cut off'],
    ['lines of another tool', '{"id":1}\n{"id":2}\n', 'expected {"format":"cachette-ndjson","version":1,…}'],
    ['one line without an end', '<html>', 'expected {"format":"cachette-ndjson"'],
    ['what is compressed', Uint8Array.of(0x1f, 0x8b, 8, 0, 10), 'it is no UTF-8; expected {"format"'],
    ['UTF-16', Buffer.from(fileOf(GOOD), 'utf16le'), 'line 1'],
    ['a byte order mark', `\ufeff${fileOf(GOOD)}`, 'it begins with a byte order mark'],
    ['other ends of lines', fileOf(GOOD).replaceAll('\n', '\r\n'), 'but with a carriage return'],
    ['a line twice', fileOf(GOOD).replace(line(GOOD), line(GOOD).repeat(2)), '1 entries should come before it, and 2'],
    ['another format', line({ ...FIRST, format: 'other' }), 'its format is another'],
  ])('%s is refused, with what was expected', async (_, text, problem) => {
    const error = await failure(importFrom(whole(text), copies(), { clock }))
    expect(error).toMatchObject({ code: 'CORRUPT' })
    expect(error.message).toContain(problem)
    expect(error.details['line']).toBeGreaterThan(0)
  })
})
