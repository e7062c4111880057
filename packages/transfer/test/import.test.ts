import { crc32 } from 'node:zlib'
import { type Bytes, CacheError } from '@cachette/core'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { type Checkpoint, checkpointOf, importFrom, type Progress } from '../src/index.js'
import { exported, FIRST, fileOf, GOOD, line, whole } from './files.js'
import { changed, clock, contents, copies, entry, failure, NOW, numbered, put, version } from './support.js'

// Properties copy whole stores, many times.
vi.setConfig({ testTimeout: 60_000 })

describe('an import', () => {
  it('never overwrites what is newer', async () => {
    const [from, to] = [copies(), copies()]
    await put(from, { a: entry('1'), b: entry('2') })
    await put(to, { a: entry('9', { version: version(NOW + 1) }) })
    const report = await importFrom(whole(await exported(from)), to, { clock })
    expect(report).toMatchObject({ verified: true, counts: { copied: 1, newer: 1 } })
  })

  it('leaves out what has expired since', async () => {
    const to = copies()
    const old = { ...GOOD, staleAt: 1, expiresAt: 1, keptUntil: 1 }
    expect(await importFrom(whole(fileOf(old)), to, { clock })).toMatchObject({ counts: { seen: 1, leftOut: 1 } })
    expect(await contents(to)).toEqual({})
  })

  it('takes text in pieces of any length', async () => {
    const to = copies()
    async function* letters(): AsyncIterable<string> {
      yield* [...fileOf(GOOD, { ...GOOD, key: 'é😀' })]
    }
    await importFrom(letters(), to, { clock })
    expect(Object.keys(await contents(to))).toEqual(['a', 'é😀'])
  })

  it('finds whatever is cut off, and keeps what is whole of it', async () => {
    const from = copies()
    await put(from, numbered(20))
    const text = await exported(from)
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 2), async (length) => {
        const to = copies()
        const error = await failure(importFrom(whole(text.slice(0, length)), to, { clock }))
        expect(error.code).toBe('CORRUPT')
        const ends = text.slice(0, length).split('\n').length - 2
        const found = Object.keys(await contents(to)).length
        // The last line may be whole but for its end.
        expect([Math.max(ends, 0), ends + 1]).toContain(found)
      }),
    )
  })

  it('finds every bit that has flipped, before it stores anything of that line', async () => {
    const from = copies()
    await put(from, numbered(5))
    const text = Buffer.from(await exported(from))
    const right = await contents(from)
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.nat(7), async (at, bit) => {
        const bytes = Uint8Array.from(text)
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
        const to = copies()
        const error = await failure(importFrom(whole(bytes), to, { clock }))
        expect(error.code).toBe('CORRUPT')
        for (const [key, found] of Object.entries(await contents(to))) expect(found).toEqual(right[key])
      }),
    )
  })

  it.each<[string, object, string]>([
    ['another member', { ...GOOD, other: 1 }, 'member "other"'],
    [
      'a member that reaches a prototype',
      JSON.parse(`{"__proto__":{"a":1},${JSON.stringify(GOOD).slice(1)}`) as object,
      '__proto__',
    ],
    ['no key', { ...GOOD, key: '' }, 'key'],
    ['a key of half a letter', { ...GOOD, key: '\ud800' }, 'key'],
    ['a key that is too long', { ...GOOD, key: 'x'.repeat(1_537) }, '1536'],
    ['a kind of its own', { ...GOOD, kind: 'lease' }, 'kind'],
    ['two values', { ...GOOD, json: 1 }, 'one value'],
    ['no value', { ...GOOD, text: undefined }, 'one value'],
    ['a tombstone with a value', { ...GOOD, kind: 'tombstone' }, 'one value'],
    ['a text that is none', { ...GOOD, text: 1 }, 'text'],
    ['a text of half a letter', { ...GOOD, text: '\ud800' }, 'text'],
    ['base64 that is none', { ...GOOD, text: undefined, base64: '*' }, 'base64'],
    ['times that run back', { ...GOOD, expiresAt: 5 }, 'order'],
    ['a time that is none', { ...GOOD, staleAt: 'soon' }, 'staleAt'],
    ['a creation that never was', { ...GOOD, createdAt: 'never' }, 'createdAt'],
    ['a negative time', { ...GOOD, createdAt: -1 }, 'createdAt'],
    ['a version of two numbers', { ...GOOD, version: [1, 2] }, 'version'],
    ['a version that is too large', { ...GOOD, version: [1, 65_536, 3] }, 'version'],
    ['a version that is none', { ...GOOD, version: 'v1' }, 'version'],
    ['tags that are no list', { ...GOOD, tags: {} }, 'tags'],
    ['a tag that is none', { ...GOOD, tags: ['a'] }, 'tag'],
    ['marks that are a list', { ...GOOD, marks: [] }, 'marks'],
    ['a mark that is none', { ...GOOD, marks: { a: null } }, 'mark'],
  ])('refuses %s, with the line and what is wrong with it', async (_, members, problem) => {
    const to = copies()
    const error = await failure(importFrom(whole(fileOf({ ...GOOD, key: 'before' }, members)), to, { clock }))
    expect(error).toMatchObject({ code: 'CORRUPT', details: { line: 3 } })
    expect(error.message).toContain(problem)
    expect(error.message).toContain('line 3')
    expect(Object.keys(await contents(to))).toEqual(['before'])
    expect(Reflect.get({}, 'a')).toBeUndefined()
  })

  it.each<[string, string]>([
    ['nothing', ''],
    ['something else', '{"a":1}\n'],
    ['another format', line({ ...FIRST, format: 'other' })],
    ['a later version', line({ ...FIRST, version: 2 })],
    ['a first line without a store', line({ ...FIRST, store: 1 })],
    ['no first line', line(GOOD)],
    ['a line without a checksum', `${line(FIRST)}${JSON.stringify(GOOD)}\n`],
    ['a list with a checksum', `${line(FIRST)}[1,"crc32":"${crc32('[1').toString(16)}"}\n`],
    ['a line that is no JSON', `${line(FIRST)}{a,"crc32":"${crc32('{a').toString(16).padStart(8, '0')}"}\n`],
    ['an empty line', `${line(FIRST)}\n`],
    ['lines behind the last', `${fileOf(GOOD)}${line(GOOD)}`],
    ['a last line that counts wrong', fileOf(GOOD).replace(/\{"entries".*\n/, line({ entries: 2, sha256: '' }))],
    ['a last line of other lines', fileOf(GOOD).replace(/\{"entries".*\n/, line({ entries: 1, sha256: 'ab' }))],
  ])('refuses %s', async (_, text) => {
    expect(await failure(importFrom(whole(text), copies(), { clock }))).toMatchObject({ code: 'CORRUPT' })
  })

  it('refuses what is no UTF-8, and a source of something else', async () => {
    const text = Buffer.from(fileOf(GOOD))
    text[text.indexOf('memory')] = 0xff
    const error = await failure(importFrom(whole(text), copies(), { clock }))
    expect(error).toMatchObject({ code: 'CORRUPT', details: { line: 1 } })
    async function* numbers(): AsyncIterable<string> {
      yield* [1 as unknown as string]
    }
    expect(await failure(importFrom(numbers(), copies(), { clock }))).toMatchObject({ code: 'CORRUPT' })
  })

  it('refuses a line that never ends before it has been taken into memory', async () => {
    let given = 0
    async function* endless(): AsyncIterable<Bytes> {
      const piece = Buffer.alloc(1_000, 'x')
      for (;;) {
        given += piece.length
        yield piece
      }
    }
    const error = await failure(importFrom(endless(), copies(), { clock, maxLineBytes: 10_000 }))
    expect(error).toMatchObject({ code: 'CORRUPT', details: { line: 1 } })
    expect(given).toBeLessThan(12_000)
  })

  it('goes on behind the lines that are done', async () => {
    const from = copies()
    await put(from, numbered(1_000))
    const text = await exported(from)
    const to = copies()
    let writes = 0
    const failing = changed(to, {
      write: (changes, call) => {
        writes += 1
        if (writes === 3) throw new CacheError('FULL', 'no room left')
        return to.write(changes, call)
      },
    })
    const error = await failure(importFrom(whole(text), failing, { clock }))
    const checkpoint = checkpointOf(error)
    expect(checkpoint).toMatchObject({ operation: 'import', lines: 513, counts: { copied: 512 } })
    const seen: Progress[] = []
    const onProgress = (progress: Progress): void => void seen.push(progress)
    const report = await importFrom(whole(text), to, { clock, checkpoint, onProgress })
    expect(report).toMatchObject({ verified: true, complete: true, counts: { seen: 1_000, copied: 1_000, same: 0 } })
    expect(seen.at(-1)?.checkpoint.lines).toBe(1_001)
    expect(await contents(to)).toEqual(await contents(from))
    const other = copies()
    const renamed = { ...(checkpoint as Checkpoint), from: 'other' }
    expect(await failure(importFrom(whole(text), other, { clock, checkpoint: renamed }))).toMatchObject({
      code: 'INVALID_OPTION',
    })
  })

  it('takes a stream, and lets go of it', async () => {
    const to = copies()
    expect(await importFrom(new Blob([fileOf(GOOD)]).stream(), to, { clock })).toMatchObject({ complete: true })
    let cancelled = false
    const stream = new ReadableStream<string>({
      start: (controller) => controller.enqueue('no export\n'),
      cancel: () => {
        cancelled = true
      },
    })
    expect(await failure(importFrom(stream, to, { clock }))).toMatchObject({ code: 'CORRUPT' })
    expect(cancelled).toBe(true)
  })

  it('does not hang on a source that does, nor take what is none', async () => {
    const aborting = new AbortController()
    const silent = new ReadableStream<string>(
      { pull: () => queueMicrotask(() => aborting.abort()) },
      { highWaterMark: 0 },
    )
    const error = await failure(importFrom(silent, copies(), { clock, signal: aborting.signal }))
    expect(error.code).toBe('ABORTED')
    const none = importFrom('a.ndjson' as unknown as AsyncIterable<string>, copies(), { clock })
    expect(await failure(none)).toMatchObject({ code: 'INVALID_OPTION' })
  })

  it('is told what its source throws', async () => {
    async function* broken(): AsyncIterable<string> {
      yield line(FIRST)
      throw new Error('the disk is gone')
    }
    expect(await failure(importFrom(broken(), copies(), { clock }))).toMatchObject({ code: 'BACKEND' })
  })

  it('names what was not stored as it came', async () => {
    const to = copies()
    const spoiled = changed(to, {
      write: (changes, call) => {
        const others = changes.map((change) => ({
          ...change,
          entry: change.entry && { ...change.entry, value: Uint8Array.of(1) },
        }))
        return to.write(others, call)
      },
    })
    const report = await importFrom(whole(fileOf(GOOD)), spoiled, { clock })
    expect(report).toMatchObject({ verified: false, differences: [{ key: 'a', what: 'value' }] })
    const unchecked = await importFrom(whole(fileOf(GOOD)), copies(), { clock, verify: 'none' })
    expect(unchecked.verified).toBeUndefined()
    const headers = await importFrom(whole(fileOf(GOOD)), copies(), { clock, verify: 'headers' })
    expect(headers).toMatchObject({ verified: true, compared: 1 })
  })
})
