import { memory } from '@cachette/adapter-memory'
import { RemoteReferenceStore } from '@cachette/conformance'
import { compose, createCache, manualClock, shell } from '@cachette/core'
import { type RecordedCall, type RecordOptions, record, replay } from '@cachette/middleware/record'
import { describe, expect, it } from 'vitest'
import { failureOf } from './support/failures.js'
import { bench } from './support/remote.js'

/** A bit of everything, over a store of bytes, with time that goes on. */
async function busy(options: RecordOptions): Promise<readonly RecordedCall[]> {
  const clock = manualClock()
  const recorder = record(options)
  const cache = createCache<string>({
    store: new RemoteReferenceStore({ clock }),
    clock,
    use: [recorder],
    ttlMs: 1_000,
  })
  await cache.set('a', 'first')
  await cache.setMany([
    ['b', 'second', { tags: ['t'] }],
    ['c', 'third', { ttlMs: Infinity }],
  ])
  await cache.add('a', 'other')
  await cache.update('b', (value) => `${value} and more`)
  clock.advance(1_000)
  expect(await cache.getMany(['a', 'b', 'c'])).toEqual([undefined, undefined, 'third'])
  await cache.getOrSet('d', () => 'loaded')
  for await (const key of cache.keys()) void key
  await cache.take('c')
  await cache.clear()
  await cache.close()
  return recorder.calls
}

describe('record', () => {
  it('is plain data, which another store answers alike', async () => {
    const calls = await busy({ values: true })
    const read = JSON.parse(JSON.stringify(calls)) as readonly RecordedCall[]
    expect(read).toEqual(calls)
    expect(await replay(read, memory({ copies: true }))).toEqual(calls)
    expect(new Set(calls.map(({ verb }) => verb))).toEqual(new Set(['read', 'write', 'scan', 'clear']))
  })

  it('leaves values out unless told otherwise; what is replayed then is as long', async () => {
    const calls = await busy({})
    expect(JSON.stringify(calls)).not.toContain(Buffer.from('second').toString('base64').slice(0, 6))
    const again = await replay(calls, memory({ copies: true }))
    expect(again).toEqual(calls)
  })

  it('shows where two stores part', async () => {
    const calls = await busy({ values: true })
    const store = memory({ copies: true })
    const deaf = compose(shell(store), [{ name: 'deaf', wrap: () => ({ clear: () => undefined }) }])
    await replay(calls, deaf)
    const left = await replay([{ verb: 'scan', prefix: '', now: 0, answer: { listed: [] } }], store)
    expect(left).not.toMatchObject([{ answer: { listed: [] } }])
  })

  it('writes down failures, scans that were left, and what is under way', async () => {
    const recorder = record()
    const at = bench([recorder])
    await at.store.write([at.put('a'), at.put('b')], at.call())
    recorder.clear()
    for await (const page of at.store.scan('', at.call())) if (page.length > 0) break
    at.remote.meets = () => ({
      before() {
        throw new Error('something')
      },
    })
    await failureOf(() => at.store.clear('x', at.call()))
    at.remote.meets = () => ({ before: () => new Promise(() => undefined) })
    void Promise.resolve(at.store.read(['a'], at.call({ deadline: Infinity, want: 'header', show: 'all' })))
    expect(recorder.calls).toMatchObject([
      { verb: 'scan', prefix: '', answer: { listed: [['a', expect.any(Array)]], left: true } },
      { verb: 'clear', prefix: 'x', answer: { error: 'BACKEND', outcome: 'unknown' } },
      { verb: 'read', keys: ['a'], want: 'header', show: 'all' },
    ])
    expect(recorder.calls[2]).not.toHaveProperty('answer')
  })

  it('keeps the last calls, and none while it is told not to', async () => {
    const recorder = record({ maxCalls: 2 })
    const cache = createCache<number>({ store: memory(), use: [recorder] })
    for (const key of ['a', 'b', 'c']) cache.sync.get(key)
    expect(recorder.calls).toMatchObject([{ keys: ['b'] }, { keys: ['c'] }])
    recorder.configure({ enabled: false })
    await cache.set('a', 1)
    recorder.configure({ enabled: true, values: true })
    await cache.set('a', 2)
    expect(recorder.calls).toMatchObject([{ keys: ['c'] }, { changes: [{ entry: { value: 2 } }] }])
    await cache.close()
  })

  it.each<[RecordOptions, string]>([
    [{ maxCalls: 0 }, 'expected maxCalls to be a positive whole number, got 0'],
    [{ value: true } as RecordOptions, 'did you mean "values"?'],
  ])('refuses %o', (options, message) => {
    expect(() => record(options)).toThrow(message)
  })
})
