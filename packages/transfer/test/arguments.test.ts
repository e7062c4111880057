import { memory } from '@cachette/adapter-memory'
import { type Codec, createCache, type Store } from '@cachette/core'
import { describe, expect, it } from 'vitest'
import { checkpointOf, exportTo, importFrom, migrate } from '../src/index.js'
import { kept, whole } from './files.js'
import { changed, clock, contents, copies, entry, failure, numbered, put } from './support.js'

const cache = createCache<string>({ store: memory({ copies: true, clock }), clock })

/** What JavaScript lets pass. */
const as = <T>(value: unknown): T => value as T

describe('what is no store, sink or source', () => {
  it.each<[string, () => Promise<unknown>, string]>([
    ['nothing', () => migrate(as<Store>(undefined), copies()), 'migrate: expected "from" to be a store'],
    ['a store alone', () => migrate(copies(), as<Store>(undefined)), 'expected "to" to be a store'],
    ['a promise', () => migrate(as<Store>(Promise.resolve(copies())), copies()), 'got a promise: await it first'],
    ['a cache', () => migrate(as<Store>(cache), copies()), 'and no cache, got an object'],
    ['a cache to write to', () => migrate(copies(), as<Store>(cache)), 'and no cache'],
    ['an adapter that was not called', () => migrate(as<Store>(memory), copies()), 'did you mean memory()?'],
    [
      'a store without verbs',
      () => migrate(as<Store>({ traits: {}, contract: 1, name: 'odd' }), copies()),
      'the verb read',
    ],
    ['no sink', () => exportTo(copies(), as(undefined)), 'exportTo: expected sink to be a WritableStream'],
    ['a path to write to', () => exportTo(copies(), as('entries.ndjson')), 'got a string'],
    ['a stream of Node', () => exportTo(copies(), as(process.stderr)), 'Writable.toWeb'],
    ['no source', () => importFrom(as(undefined), copies()), 'importFrom: expected source to be a ReadableStream'],
    ['a path to read from', () => importFrom(as('entries.ndjson'), copies()), 'got a string'],
    ['a source that is not there yet', () => importFrom(as(Promise.resolve()), copies()), 'got a promise'],
    ['a list of lines', () => importFrom(as(['{}']), copies()), 'got an array'],
    ['nothing to read into', () => importFrom(whole(''), as<Store>(undefined)), 'expected "to" to be a store'],
  ])('%s is refused, with what was expected and what came', async (_, run, text) => {
    const error = await failure(run())
    expect(error).toMatchObject({ code: 'INVALID_OPTION' })
    expect(error.message).toContain(text)
  })

  it('is refused where a codec has no functions', async () => {
    const codec = as<Codec>({ name: 'odd', encode: 1, decode: 2 })
    expect(await failure(migrate(copies(), copies(), { clock, codec }))).toMatchObject({ code: 'INVALID_OPTION' })
  })
})

describe('a filter', () => {
  it.each<[string, unknown, string]>([
    ['waits', () => Promise.resolve(false), 'got a promise'],
    ['says nothing', () => undefined, 'got the type undefined'],
    ['gives something', () => 'yes', 'got the type string'],
  ])('that %s is refused before anything is copied', async (_, filter, text) => {
    const [from, to] = [copies(), copies()]
    await put(from, { a: entry('1') })
    const error = await failure(migrate(from, to, { clock, filter: as(filter) }))
    expect(error).toMatchObject({ code: 'INVALID_OPTION' })
    expect(error.message).toContain(text)
    expect(await contents(to)).toEqual({})
  })

  it('is asked about nothing but what may be copied', async () => {
    const [from, to] = [copies(), copies()]
    await put(from, { a: entry('1'), claimed: entry('', { kind: 'lease' }) })
    const asked: string[] = []
    const filter = (key: string): boolean => asked.push(key) > 0
    const report = await migrate(from, to, { clock, filter })
    expect(asked).toEqual(['a', 'a'])
    expect(report).toMatchObject({ compared: 1, counts: { seen: 2, leftOut: 1 } })
  })
})

describe('whoever hears of progress', () => {
  it('is waited for, and ends it by failing', async () => {
    const from = copies()
    await put(from, numbered(300))
    let under = 0
    const onProgress = async (): Promise<void> => {
      under += 1
      expect(under).toBe(1)
      await new Promise((done) => setImmediate(done))
      under -= 1
    }
    expect((await migrate(from, copies(), { clock, onProgress })).verified).toBe(true)
    await exportTo(from, kept().sink, { clock, onProgress })
    const failing = (): Promise<never> => Promise.reject(new Error('the disk is gone'))
    const error = await failure(migrate(from, copies(), { clock, onProgress: failing }))
    expect(error).toMatchObject({ code: 'BACKEND' })
    expect(checkpointOf(error)).toBeDefined()
  })

  it('does not hang an abort', async () => {
    const from = copies()
    await put(from, { a: entry('1') })
    const aborting = new AbortController()
    const onProgress = (): Promise<void> => {
      queueMicrotask(() => aborting.abort())
      return new Promise(() => undefined)
    }
    const error = await failure(migrate(from, copies(), { clock, onProgress, signal: aborting.signal }))
    expect(error.code).toBe('ABORTED')
  })
})

it('names the key of a value that the target does not take', async () => {
  const [from, to] = [copies(), memory({ copies: true, clock })]
  await put(from, { small: entry('1'), large: entry('x'.repeat(20)) })
  const narrow = changed(to, { traits: { ...to.traits, maxValueBytes: 10 } })
  const error = await failure(migrate(from, narrow, { clock }))
  expect(error).toMatchObject({ code: 'TOO_LARGE', details: { maxBytes: 10, bytes: 20 } })
  expect(error.message).toContain('"large" has 20')
  const filter = (key: string): boolean => key !== 'large'
  expect(await migrate(from, narrow, { clock, filter })).toMatchObject({ verified: true, counts: { copied: 1 } })
})
