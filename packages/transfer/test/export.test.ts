import { memory } from '@cachette/adapter-memory'
import { type Bytes, CacheError, createCache, type Entry, json, type Store } from '@cachette/core'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { type Checkpoint, checkpointOf, exportTo, importFrom } from '../src/index.js'
import { chunks, exported, kept, whole } from './files.js'
import { all, clock, contents, copies, entry, failure, NOW, numbered, ordered, put, version } from './support.js'

// Properties copy whole stores, many times.
vi.setConfig({ testTimeout: 60_000 })

const anEntry: fc.Arbitrary<Entry> = fc
  .record({
    value: fc.oneof(
      fc.uint8Array({ maxLength: 30 }),
      fc.json().map((text) => Buffer.from(text)),
    ),
    times: fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9), fc.constantFrom(1, 9, Infinity)),
    tags: fc.array(fc.record({ name: fc.string({ unit: 'grapheme' }) }, { requiredKeys: ['name'] }), { maxLength: 2 }),
    marks: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.boolean(), fc.integer()), {
      maxKeys: 2,
      noNullPrototype: true,
    }),
    codec: fc.constantFrom('json', 'msgpack', 'json/text'),
    count: fc.nat(65_535),
  })
  .map(({ value, times: [a, b, c, d], tags, marks, codec, count }) =>
    entry(new Uint8Array(value), {
      createdAt: NOW + a,
      staleAt: NOW + a + b,
      expiresAt: NOW + a + b + c,
      keptUntil: NOW + a + b + c + d,
      tags,
      marks: { ...marks, codec },
      version: version(NOW, count, 2 ** 48 - 1),
    }),
  )

describe('an export', () => {
  it('comes back as it was, however it is cut into pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.string({ minLength: 1, unit: 'grapheme' }), anEntry, { maxKeys: 8 }),
        fc.integer({ min: 1, max: 500 }),
        async (entries, size) => {
          const [from, to] = [copies(), copies()]
          await put(from, entries)
          const report = await importFrom(chunks(await exported(from), size), to, { clock })
          expect(await contents(to)).toEqual(await contents(from))
          expect(report).toMatchObject({ verified: true, complete: true })
        },
      ),
    )
  })

  it('shows what people can read, where that is exact', async () => {
    const from = copies()
    await put(from, {
      json: entry('{"a":[1,null]}'),
      spaced: entry('{ "a": 1 }'),
      zero: entry('-0'),
      proto: entry('{"__proto__":{"a":1}}'),
      text: entry('as it is', { marks: { codec: 'json/text' } }),
      bytes: entry(Uint8Array.of(255, 0)),
      control: entry(Uint8Array.of(1, 2)),
    })
    const lines = (await exported(from)).trim().split('\n').slice(1, -1)
    const shown = lines.map((each) => /"(json|text|base64)":.*(?=,"crc32")/.exec(each)?.[0]).sort()
    expect(shown).toEqual([
      '"base64":"/wA="',
      '"base64":"AQI="',
      '"json":{"__proto__":{"a":1}}',
      '"json":{"a":[1,null]}',
      '"text":"-0"',
      '"text":"as it is"',
      '"text":"{ \\"a\\": 1 }"',
    ])
  })

  it('leaves out leases, and keeps tombstones', async () => {
    const [from, to] = [copies(), copies()]
    await put(from, { lease: entry('', { kind: 'lease' }), gone: entry('', { kind: 'tombstone' }) })
    const report = await exportTo(from, kept().sink, { clock })
    expect(report).toMatchObject({ entries: 1, counts: { seen: 2, copied: 1, leftOut: 1 } })
    await importFrom(whole(await exported(from)), to, { clock })
    expect(await to.read(['gone'], all())).toMatchObject([{ kind: 'tombstone' }])
  })

  it('takes values by a codec, and gives them back by it', async () => {
    const [from, to] = [memory<unknown>({ clock }), memory<unknown>({ clock })]
    await createCache<unknown>({ store: from, clock }).set('a', { b: 1 })
    const { sink, text } = kept()
    await exportTo(from, sink, { clock, codec: json() })
    expect(text()).toContain('"json":{"b":1}')
    const report = await importFrom(whole(text()), to, { clock, codec: json() })
    expect(report.verified).toBe(true)
    expect(await createCache<unknown>({ store: to, clock }).get('a')).toEqual({ b: 1 })
    expect(await failure(exportTo(from as Store<Bytes>, kept().sink, { clock }))).toMatchObject({ code: 'UNSUPPORTED' })
  })

  it('waits for its sink', async () => {
    const from = copies()
    await put(from, numbered(100))
    let under = 0
    const sink = new WritableStream<Bytes>({
      async write() {
        under += 1
        expect(under).toBe(1)
        await new Promise((done) => setImmediate(done))
        under -= 1
      },
    })
    expect((await exportTo(from, sink, { clock, batchBytes: 10 })).entries).toBe(100)
  })

  it('aborts its sink when it fails, and goes on from its checkpoint into another file', async () => {
    const [from, to] = [ordered(3), copies()]
    await put(from, numbered(10))
    let pages = 0
    const onProgress = (): void => {
      pages += 1
      if (pages === 2) throw new CacheError('REJECTED', 'enough')
    }
    const first = kept()
    const error = await failure(exportTo(from, first.sink, { clock, onProgress }))
    expect(first.aborted()).toMatchObject({ code: 'REJECTED' })
    const checkpoint = checkpointOf(error)
    const second = kept()
    const report = await exportTo(from, second.sink, { clock, checkpoint })
    expect(report).toMatchObject({ entries: 4, counts: { copied: 10 } })
    const part = await importFrom(whole(first.text()), to, { clock, partial: true })
    expect(part).toMatchObject({ complete: false, counts: { copied: 6 } })
    await importFrom(whole(second.text()), to, { clock })
    expect(await contents(to)).toEqual(await contents(from))
  })

  it('does not hang on a sink that does', async () => {
    const from = copies()
    await put(from, { a: entry('1') })
    const aborting = new AbortController()
    const sink = new WritableStream<Bytes>({
      write: () => {
        queueMicrotask(() => aborting.abort())
        return new Promise(() => undefined)
      },
    })
    expect(await failure(exportTo(from, sink, { clock, signal: aborting.signal }))).toMatchObject({ code: 'ABORTED' })
  })

  it('refuses a sink that is none, or that another writes to', async () => {
    const refused = { code: 'INVALID_OPTION' }
    expect(await failure(exportTo(copies(), {} as unknown as WritableStream, { clock }))).toMatchObject(refused)
    const { sink } = kept()
    sink.getWriter()
    expect(await failure(exportTo(copies(), sink, { clock }))).toMatchObject(refused)
  })

  it('begins anew where keys come in no order', async () => {
    const checkpoint: Checkpoint = {
      operation: 'export',
      from: 'memory',
      to: '',
      prefix: '',
      lines: 0,
      counts: { seen: 0, copied: 0, same: 0, newer: 0, leftOut: 0, damaged: 0, bytes: 0 },
    }
    const { sink, aborted } = kept()
    expect(await failure(exportTo(copies(), sink, { clock, checkpoint }))).toMatchObject({ code: 'UNSUPPORTED' })
    // What waits for the sink waits no longer.
    expect(aborted()).toMatchObject({ code: 'UNSUPPORTED' })
  })
})
