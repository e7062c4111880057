import { memory } from '@cachette/adapter-memory'
import { around, CacheError, createCache, type Host, manualClock } from '@cachette/core'
import { LOGGING_DEFAULTS, type Logger, type LoggingOptions, logging } from '@cachette/middleware/logging'
import { describe, expect, it, vi } from 'vitest'
import { readmeCode, readmeTable } from '../../../scripts/lib/readme.js'
import { Remote } from './support/remote.js'

interface Line {
  readonly level: string
  readonly message: string
  readonly facts: Readonly<Record<string, unknown>>
}

/** A cache over a server, and what is logged of it. */
function logged(options: LoggingOptions = {}) {
  const lines: Line[] = []
  const note = (level: string) => (message: string, facts: object) =>
    void lines.push({ level, message, facts: { ...facts } })
  const logger: Logger = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') }
  const clock = manualClock()
  const store = new Remote()
  const layer = logging({ logger, ...options })
  let host: Host | undefined
  const telling = {
    name: 'telling',
    wrap: (_: unknown, given: Host) => {
      host = given
      return {}
    },
  }
  const cache = createCache<string>({ store, use: [layer, telling], clock })
  const fails = (error: Error): void => {
    store.meets = () => ({ before: () => Promise.reject(error) })
  }
  const takes = (ms: number): void => {
    store.meets = () => ({ before: () => clock.advance(ms) })
  }
  return { cache, clock, store, layer, lines, fails, takes, host: () => host }
}

describe('logging', () => {
  it('writes errors where trying again is no use, and warnings where it may be', async () => {
    const { cache, lines, fails } = logged()
    fails(new CacheError('FULL', 'no room', { source: 'remote', operation: 'write' }))
    await expect(cache.set('a', 'x')).rejects.toThrow()
    fails(new CacheError('UNAVAILABLE', 'cut off', { source: 'remote', operation: 'read' }))
    await expect(cache.getMany(['a', 'b'])).rejects.toThrow()
    await expect(cache.get('a', { signal: AbortSignal.abort() })).rejects.toThrow()
    expect(lines).toEqual([
      {
        level: 'error',
        message: 'cachette: remote: write failed with FULL',
        facts: {
          event: 'failure',
          store: 'remote',
          id: expect.any(Number),
          verb: 'write',
          ms: 0,
          count: 1,
          code: 'FULL',
          retry: 'no',
          outcome: 'none',
          operation: 'write',
          source: 'remote',
        },
      },
      {
        level: 'warn',
        message: 'cachette: remote: read failed with UNAVAILABLE',
        facts: {
          event: 'passing',
          store: 'remote',
          id: expect.any(Number),
          verb: 'read',
          ms: 0,
          count: 2,
          code: 'UNAVAILABLE',
          retry: 'yes',
          outcome: 'none',
          operation: 'read',
          source: 'remote',
        },
      },
    ])
  })

  it('takes a call that was given up while under way for one that passes', async () => {
    const { cache, lines, store } = logged()
    const controller = new AbortController()
    store.meets = () => ({ before: () => controller.abort() })
    await expect(cache.get('a', { signal: controller.signal })).rejects.toMatchObject({ code: 'ABORTED' })
    expect(lines.map(({ level, facts }) => [level, facts['event'], facts['code']])).toEqual([
      ['warn', 'passing', 'ABORTED'],
    ])
  })

  it('writes of calls that take long, and how long', async () => {
    const { cache, lines, takes } = logged({ slowMs: 50 })
    takes(49)
    await cache.get('a')
    expect(lines).toEqual([])
    takes(50)
    await cache.clear()
    expect(lines).toMatchObject([
      { level: 'warn', message: 'cachette: remote: clear took 50 ms', facts: { event: 'slow', verb: 'clear', ms: 50 } },
    ])
  })

  it('never writes a value, and neither keys nor words of errors unless it is asked to', async () => {
    const quoting = (): CacheError =>
      new CacheError('BACKEND', 'cannot parse "a value" of "a key"', {
        details: { path: 'a value' },
        cause: new Error('a value'),
      })
    const { cache, lines, fails, layer } = logged({ slowMs: 1 })
    const everything = async () => {
      fails(quoting())
      await expect(cache.set('a key', 'a value')).rejects.toThrow()
      await expect(cache.getOrSet('a key', () => 'a value')).resolves.toBe('a value')
      await expect(cache.getOrSet('a key', () => Promise.reject(new Error('a value of a key')))).rejects.toThrow()
      await Promise.resolve()
      return JSON.stringify(lines.splice(0))
    }
    const quiet = await everything()
    expect(quiet).toContain('"event":"failure"')
    expect(quiet).not.toMatch(/a key|a value/)
    layer.configure({ keys: true })
    const withKeys = await everything()
    expect(withKeys).toContain('"keys":["a key"]')
    expect(withKeys).not.toContain('a value')
    layer.configure({ keys: (key) => `#${key.length}` })
    expect(await everything()).toContain('"keys":["#5"]')
    layer.configure({ keys: false, messages: true })
    expect(await everything()).toContain('BACKEND: cannot parse')
  })

  it('writes down the first keys of many', async () => {
    const { cache, lines, takes } = logged({ slowMs: 1, keys: true })
    takes(5)
    await cache.getMany(Array.from({ length: 25 }, (_, index) => `key ${index}`))
    expect(lines[0]?.facts).toMatchObject({ count: 25, keys: { length: 10 } })
  })

  it('writes what the cache tells, as loud as it is set', async () => {
    const { cache, lines, host, layer } = logged({
      levels: { evict: 'debug', invalidate: 'info', close: 'info', refresh: 'debug', load: 'debug' },
    })
    await cache.getOrSet('a', () => 'x', { freshMs: 1, ttlMs: 1_000 })
    await cache.getOrSet('b', () => Promise.reject(new Error('down'))).catch(() => undefined)
    host()?.report({ type: 'evict', keys: ['a', 'b'], cause: 'capacity', source: 'x' })
    host()?.report({ type: 'invalidate', what: 'tag t', source: 'x' })
    host()?.report({ type: 'damage', key: 'a', source: 'x', error: new CacheError('CORRUPT', 'torn') })
    host()?.report({ type: 'failure', operation: 'read', source: 'x', error: new CacheError('TIMEOUT', 'late') })
    await cache.close()
    expect(lines.map(({ level, facts }) => [level, facts['event']])).toEqual([
      ['debug', 'load'],
      ['warn', 'loadFailure'],
      ['debug', 'evict'],
      ['info', 'invalidate'],
      ['warn', 'damage'],
      ['warn', 'reported'],
      ['info', 'close'],
    ])
    layer.configure({ levels: { close: 'off' } })
    expect(layer.settings.levels).toMatchObject({ close: 'off', evict: 'debug', failure: 'error' })
  })

  it('writes of refreshes', async () => {
    const { cache, clock, lines } = logged({ levels: { refresh: 'info' } })
    await cache.set('a', 'x', { ttlMs: 1_000, freshMs: 10 })
    clock.advance(10)
    const loaded = new Promise((resolve) => cache.on('load', resolve))
    await cache.getOrSet('a', () => 'y')
    await loaded
    expect(lines).toMatchObject([{ level: 'info', facts: { event: 'refresh', reason: 'stale', count: 1 } }])
  })

  it('tells of one failure once, also where the cache makes up for it', async () => {
    const { cache, lines, fails } = logged()
    fails(new CacheError('UNAVAILABLE', 'cut off'))
    await cache.getOrSet('a', () => 'x')
    await cache.close()
    expect(lines.map(({ facts }) => facts['event'])).toEqual(['passing'])
  })

  it('tells of failures that are thrown at once, and leaves ready answers be', async () => {
    const notes: string[] = []
    const logger: Logger = {
      debug: vi.fn(),
      info: vi.fn(),
      warn: vi.fn(),
      error: (message) => void notes.push(message),
    }
    let isBroken = false
    const breaking = around({
      name: 'breaking',
      around: (_, proceed) => {
        if (isBroken) throw new Error('kaputt')
        return proceed()
      },
    })
    const cache = createCache<string>({ store: memory<string>(), use: [logging({ logger, slowMs: 0.001 }), breaking] })
    cache.sync.set('a', 'x')
    expect(cache.sync.get('a')).toBe('x')
    isBroken = true
    expect(() => cache.sync.get('a')).toThrow('kaputt')
    expect(notes).toEqual(['cachette: memory: read failed with BACKEND'])
  })

  it('is not disturbed by a logger that throws, nor by a function of keys that does', async () => {
    const throws = (): never => {
      throw new Error('disk full')
    }
    const layer = logging({ logger: { debug: throws, info: throws, warn: throws, error: throws } })
    const odd = logging({ logger: { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }, keys: throws })
    const store = new Remote()
    store.meets = () => ({ before: () => Promise.reject(new CacheError('FULL', 'no room')) })
    const cache = createCache<string>({ store, use: [layer, odd] })
    await expect(cache.set('a', 'x')).rejects.toMatchObject({ code: 'FULL' })
    expect([layer.lost, odd.lost]).toEqual([1, 1])
  })

  it('does nothing at all where every level is off', async () => {
    const off = Object.fromEntries(Object.keys(LOGGING_DEFAULTS.levels).map((name) => [name, 'off'] as const))
    const { cache, lines, fails } = logged({ levels: off })
    fails(new CacheError('FULL', 'no room'))
    await expect(cache.set('a', 'x')).rejects.toThrow()
    expect(lines).toEqual([])
  })

  it('writes to the console by default', async () => {
    const shout = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const store = new Remote()
    store.meets = () => ({ before: () => Promise.reject(new CacheError('FULL', 'no room')) })
    const cache = createCache<string>({ store, use: [logging()] })
    await expect(cache.set('a', 'x')).rejects.toThrow()
    expect(shout).toHaveBeenCalledExactlyOnceWith(
      'cachette: remote: write failed with FULL',
      expect.objectContaining({ code: 'FULL' }),
    )
    shout.mockRestore()
  })

  it.each([
    [{ loger: console }, /logging has no option "loger": did you mean "logger"\?/],
    [
      { logger: { info: () => undefined } },
      /expected logger to be a logger \{ debug, info, warn, error \}, got an object/,
    ],
    [{ logger: null }, /expected logger/],
    [{ levels: { failures: 'warn' } }, /logging, levels has no option "failures": did you mean "failure"\?/],
    [
      { levels: { failure: 'loud' } },
      /expected failure to be 'off' or 'debug' or 'info' or 'warn' or 'error', got a string/,
    ],
    [{ slowMs: 0 }, /expected slowMs to be a positive number of milliseconds/],
    [{ keys: 'hashed' }, /expected keys to be true, false or a function, got a string/],
  ])('refuses what is no option: %#', (options, message) => {
    expect(() => logging(options as never)).toThrow(message)
    const { layer } = logged()
    const before = layer.settings
    if ('logger' in options || 'loger' in options) return
    expect(() => layer.configure({ slowMs: 7, ...(options as object) })).toThrow(/logging\.configure/)
    expect(layer.settings).toBe(before)
  })

  it('has its options and levels in the README', () => {
    const README = new URL('../README.md', import.meta.url)
    const { levels, ...plain } = LOGGING_DEFAULTS
    const rows = [
      ['`levels`', 'below'],
      ...Object.entries(plain).map(([name, value]) => [`\`${name}\``, readmeCode(value)]),
    ]
    expect(
      readmeTable(README, 'logging')
        .slice(0, rows.length)
        .map(([name, value]) => [name, value]),
    ).toEqual(rows)
    expect(readmeTable(README, 'Levels of logging').map(([name, value]) => [name, value])).toEqual(
      Object.entries(levels).map(([name, value]) => [`\`${name}\``, readmeCode(value)]),
    )
  })
})
