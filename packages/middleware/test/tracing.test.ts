import { AsyncLocalStorage } from 'node:async_hooks'
import { channel, tracingChannel } from 'node:diagnostics_channel'
import { memory } from '@cachette/adapter-memory'
import { around, CacheError, compose, createCache, newCall, type Store } from '@cachette/core'
import { TRACING_DEFAULTS, type Trace, tracing } from '@cachette/middleware/tracing'
import { afterEach, describe, expect, it } from 'vitest'
import { readmeCode, readmeTable } from '../../../scripts/lib/readme.js'
import { Remote } from './support/remote.js'

const VERBS = ['read', 'write', 'scan', 'clear'] as const
const PHASES = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const

const undo: (() => void)[] = []
afterEach(() => {
  for (const run of undo.splice(0)) run()
})

/** All that is told on the channels, as `read start`, with what it bore at that moment. */
function hear(prefix = 'cachette') {
  const told: (readonly [what: string, trace: Trace])[] = []
  for (const verb of VERBS) {
    const channels = tracingChannel<unknown, Trace>(`${prefix}:${verb}`)
    for (const phase of PHASES) {
      const listener = (trace: unknown): void => void told.push([`${verb} ${phase}`, { ...(trace as Trace) }])
      channels[phase].subscribe(listener)
      undo.push(() => channels[phase].unsubscribe(listener))
    }
  }
  const phases = () => told.splice(0).map(([what]) => what)
  return { told, phases }
}

describe('tracing', () => {
  it('tells of a ready call from its start to its end, on one object, without values', async () => {
    const cache = createCache<string>({ store: memory<string>(), use: [tracing()] })
    const { told } = hear()
    const id: number[] = []
    cache.on('set', (event) => id.push(event.id))
    await cache.set('a', 'a secret')
    expect(told.splice(0)).toEqual([
      [
        'write start',
        {
          verb: 'write',
          store: 'memory',
          id: id[0],
          aside: false,
          keys: ['a'],
          prefix: undefined,
          count: undefined,
          error: undefined,
        },
      ],
      [
        'write end',
        {
          verb: 'write',
          store: 'memory',
          id: id[0],
          aside: false,
          keys: ['a'],
          prefix: undefined,
          count: 1,
          error: undefined,
        },
      ],
    ])
    await cache.getMany(['a', 'b', 'a'])
    await cache.get('b')
    await cache.delete('b')
    expect(told.map(([what, { count, keys }]) => [what, count, keys?.join('')])).toEqual([
      ['read start', undefined, 'aba'],
      ['read end', 2, 'aba'],
      ['read start', undefined, 'b'],
      ['read end', 0, 'b'],
      ['write start', undefined, 'b'],
      ['write end', 0, 'b'],
    ])
    expect(JSON.stringify(told)).not.toContain('secret')
  })

  it('tells of pages and clears by their prefix', async () => {
    const cache = createCache<string>({ store: memory<string>(), use: [tracing()] }).namespace('n')
    await cache.set('a', 'x')
    const { told } = hear()
    for await (const key of cache.keys()) expect(key).toBe('a')
    await cache.clear()
    const ends = told.filter(([what]) => what.endsWith('asyncEnd') || what === 'clear end')
    expect(ends.map(([what, { prefix, count, keys }]) => [what, prefix, count, keys])).toEqual([
      ['scan asyncEnd', 'n\u241f', 1, undefined],
      ['scan asyncEnd', 'n\u241f', 0, undefined],
      ['clear end', 'n\u241f', undefined, undefined],
    ])
  })

  it('tells of what comes later, and of what fails, at once or later', async () => {
    const store = new Remote()
    const cache = createCache<string>({ store, use: [tracing()] })
    const { told, phases } = hear()
    await cache.get('a')
    expect(phases()).toEqual(['read start', 'read end', 'read asyncStart', 'read asyncEnd'])
    const failure = new CacheError('UNAVAILABLE', 'cut off')
    store.meets = () => ({ before: () => Promise.reject(failure) })
    await expect(cache.get('a')).rejects.toBe(failure)
    expect(told.at(-1)?.[1].error).toBe(failure)
    expect(phases()).toEqual(['read start', 'read end', 'read error', 'read asyncStart', 'read asyncEnd'])
    const broken = around({
      name: 'broken',
      around: () => {
        throw failure
      },
    })
    const failing = createCache<string>({ store: memory<string>(), use: [tracing(), broken] })
    await expect(failing.set('a', 'x')).rejects.toBe(failure)
    expect(told.at(-1)?.[1].error).toBe(failure)
    expect(phases()).toEqual(['write start', 'write error', 'write end'])
  })

  it('carries the context that a subscriber binds through the call, and gives the caller its own back', async () => {
    const spans = new AsyncLocalStorage<string>()
    const { start } = tracingChannel<string, Trace>('cachette:read')
    start.bindStore(spans, (trace) => `span of ${trace.keys?.join() ?? ''}`)
    undo.push(() => start.unbindStore(spans))
    const seen: (string | undefined)[] = []
    const inner = around({
      name: 'inner',
      around: async (_, proceed) => {
        seen.push(spans.getStore())
        await Promise.resolve()
        seen.push(spans.getStore())
        return proceed()
      },
    })
    const cache = createCache<string>({ store: memory<string>(), use: [tracing(), inner] })
    await spans.run('the caller', async () => {
      await Promise.all([cache.get('a'), cache.get('b')])
      seen.push(spans.getStore())
    })
    expect(seen).toEqual(['span of a', 'span of b', 'span of a', 'span of b', 'the caller'])
  })

  it('tells how loads ended, where somebody listens', async () => {
    const cache = createCache<string>({ store: memory<string>(), use: [tracing()] })
    const loads: unknown[] = []
    await cache.getOrSet('unheard', () => 'x')
    const listener = (load: unknown): void => void loads.push(load)
    channel('cachette:load').subscribe(listener)
    undo.push(() => channel('cachette:load').unsubscribe(listener))
    await cache.getOrSet('a', () => 'x')
    await cache.close()
    expect(loads).toEqual([
      {
        id: expect.any(Number),
        key: 'a',
        ms: expect.any(Number),
        outcome: 'stored',
        error: undefined,
        store: 'memory',
      },
    ])
  })

  it('says what the cache does on its own account', async () => {
    const cache = createCache<string>({ store: memory<string>(), use: [tracing()] })
    const { told } = hear()
    await cache.getOrSet('a', () => 'x')
    await cache.close()
    expect(told.filter(([what]) => what.endsWith('start')).map(([what, { aside }]) => [what, aside])).toEqual([
      ['read start', false],
      ['read start', true],
      ['write start', false],
    ])
  })

  it('speaks on channels of its own where it is told so, and in as many caches as one likes', async () => {
    const layer = tracing({ prefix: 'near' })
    const caches = [
      createCache<string>({ store: memory<string>(), use: [layer] }),
      createCache<string>({ store: memory<string>(), use: [layer] }),
    ]
    const [near, ordinary] = [hear('near'), hear()]
    for (const cache of caches) await cache.get('a')
    expect(near.phases()).toEqual(['read start', 'read end', 'read start', 'read end'])
    expect(ordinary.told).toEqual([])
  })

  it('traces streams as reads and writes', async () => {
    const body = (): ReadableStream<Uint8Array> => new ReadableStream()
    const store = memory({ copies: true })
    const streaming: Store = Object.assign(Object.create(store) as typeof store, {
      traits: { ...store.traits, streams: true },
      streams: { read: () => undefined, write: () => true },
    })
    const { streams } = compose(streaming, [tracing()])
    const header = {
      createdAt: 0,
      staleAt: 1,
      expiresAt: 1,
      keptUntil: 1,
      version: { time: 1, count: 0, writer: 1 },
      kind: 'value',
      tags: [],
      marks: {},
      size: 0,
    } as const
    await streams?.read('unheard', newCall(1))
    await streams?.write({ key: 'unheard', header }, body(), newCall(1))
    const { told } = hear()
    await streams?.read('a', newCall(1))
    await streams?.write({ key: 'b', header }, body(), newCall(1))
    expect(told.map(([what, { keys }]) => [what, keys])).toEqual([
      ['read start', ['a']],
      ['read end', ['a']],
      ['write start', ['b']],
      ['write end', ['b']],
    ])
  })

  it('refuses options that it does not know', () => {
    expect(() => tracing({ perfix: 'x' } as never)).toThrow(/tracing has no option "perfix": did you mean "prefix"\?/)
    expect(() => tracing({ prefix: '' })).toThrow(/expected prefix to be a non-empty string/)
  })

  it('has its options in the README', () => {
    const rows = Object.entries(TRACING_DEFAULTS).map(([name, value]) => [`\`${name}\``, readmeCode(value)])
    const README = new URL('../README.md', import.meta.url)
    expect(
      readmeTable(README, 'tracing')
        .slice(0, rows.length)
        .map(([name, value]) => [name, value]),
    ).toEqual(rows)
  })
})
