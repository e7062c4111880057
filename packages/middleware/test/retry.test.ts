import { CacheError, type Change, type Store } from '@cachette/core'
import { type RetryOptions, retry } from '@cachette/middleware/retry'
import { describe, expect, it } from 'vitest'
import { failureOf } from './support/failures.js'
import { type Arrival, type Bench, bench, type Fate, inTime, turns } from './support/remote.js'

const unavailable = () => new CacheError('UNAVAILABLE', 'the server is away')
const lost = () => new CacheError('UNAVAILABLE', 'the answer was lost', { outcome: 'unknown' })
const fails = (error: () => CacheError): Fate => ({
  before: () => {
    throw error()
  },
})
const loses = (error: () => CacheError = lost): Fate => ({
  after: () => {
    throw error()
  },
})

/** What befalls the first calls, one after the other; later ones pass. */
function first(...fates: readonly (Fate | undefined)[]): (arrival: Arrival) => Fate | undefined {
  const rest = [...fates]
  return () => rest.shift()
}

const always = (fate: Fate) => () => fate

/** Half of each pause is drawn. */
const half = () => 0.5

describe('retry', () => {
  it('makes a call again that may pass, after pauses whose limit doubles', async () => {
    const { clock, remote, store, call } = bench([retry({ attempts: 4, baseMs: 100, maxMs: 300, random: half })])
    remote.meets = first(fails(unavailable), fails(unavailable), fails(unavailable))
    const at: number[] = []
    const begun = clock.now()
    const { meets } = remote
    remote.meets = (arrival) => {
      at.push(clock.now() - begun)
      return meets(arrival)
    }
    expect(await inTime(clock, store.read(['a'], call()))).toEqual([undefined])
    expect(at).toEqual([0, 50, 150, 300])
    expect(clock.pending).toBe(0)
  })

  it('gives up after so many attempts, and says so', async () => {
    const { clock, remote, store, call } = bench([retry({ attempts: 3, random: half })])
    remote.meets = always(fails(unavailable))
    const error = await failureOf(() => inTime(clock, store.read(['a'], call())))
    expect(error).toMatchObject({ code: 'UNAVAILABLE', retry: 'exhausted', outcome: 'none', details: { attempts: 3 } })
    expect(error.message).toBe('UNAVAILABLE: the server is away')
    expect(remote.log).toEqual(['read a', 'read a', 'read a'])
  })

  it('is left alone by an outer one', async () => {
    const { clock, remote, store, call } = bench([retry(), retry({ attempts: 2 })])
    remote.meets = always(fails(unavailable))
    expect(await failureOf(() => inTime(clock, store.clear('', call())))).toMatchObject({ details: { attempts: 2 } })
    expect(remote.log).toHaveLength(2)
  })

  it('passes on as it is what no repetition mends', async () => {
    const { clock, remote, store, call } = bench([retry()])
    const full = new CacheError('FULL', 'no room', { outcome: 'none' })
    remote.meets = always(fails(() => full))
    expect(await failureOf(() => inTime(clock, store.read(['a'], call())))).toBe(full)
    expect(remote.log).toEqual(['read a'])
  })

  it('begins no pause that the deadline would cut', async () => {
    const { clock, remote, store, call } = bench([retry({ attempts: 9, baseMs: 100, random: half })])
    remote.meets = always(fails(unavailable))
    const begun = clock.now()
    const error = await failureOf(() => inTime(clock, store.read(['a'], call({ deadline: begun + 151 }))))
    expect(error).toMatchObject({ code: 'UNAVAILABLE', retry: 'exhausted', details: { attempts: 3 } })
    expect(clock.now() - begun).toBe(150)
  })

  it('gives an attempt that hangs up in time for another', async () => {
    const { clock, remote, store, call } = bench([retry({ attemptMs: 100, baseMs: 0 })])
    remote.meets = first({ before: () => new Promise(() => undefined) })
    const begun = clock.now()
    expect(await inTime(clock, store.read(['a'], call()))).toEqual([undefined])
    expect(clock.now() - begun).toBe(100)
  })

  it('ends with the signal, also within a pause', async () => {
    const { clock, remote, store, call } = bench([retry({ random: half })])
    remote.meets = always(fails(unavailable))
    const abort = new AbortController()
    const work = Promise.resolve(store.read(['a'], call({ signal: abort.signal })))
    await turns()
    abort.abort()
    expect(await failureOf(() => work)).toMatchObject({ code: 'ABORTED' })
    await turns()
    expect([clock.pending, remote.log]).toEqual([0, ['read a']])
  })

  it('lets no later call for the key pass', async () => {
    const { clock, remote, store, call, put } = bench([retry()])
    remote.meets = first(fails(unavailable))
    const write = store.write([put('a')], call())
    const read = store.read(['a'], call())
    expect(await inTime(clock, write)).toEqual([true])
    expect((await inTime(clock, read))[0]).toMatchObject({ value: 'v' })
    expect(remote.log).toEqual(['write a', 'write a', 'read a'])
  })

  it('makes no promise of a failure that is ready', () => {
    const { remote, store, call, put } = bench([retry()], { sync: 'all', lives: 'process' })
    const busy = new CacheError('BUSY', 'not now')
    remote.meets = always(fails(() => busy))
    for (const run of verbs(store, put('a'), call())) expect(run).toThrow(busy)
    expect(remote.log).toHaveLength(3)
  })

  it('begins a scan again before its first page, and no later', async () => {
    const { clock, remote, store, call, put } = bench([retry()])
    await store.write([put('a'), put('b')], call())
    remote.meets = first(fails(unavailable))
    expect(await inTime(clock, keysOf(store, call()))).toEqual(['a', 'b'])
    remote.meets = first(undefined, fails(unavailable))
    const error = await failureOf(() => inTime(clock, keysOf(store, call())))
    expect(error).toMatchObject({ code: 'UNAVAILABLE', retry: 'yes' })
  })

  it('changes its settings while it runs, as a whole or not at all', async () => {
    const layer = retry({ attempts: 1 })
    const { clock, remote, store, call } = bench([layer])
    remote.meets = always(fails(unavailable))
    layer.configure({ attempts: 2, baseMs: undefined })
    expect(() => layer.configure({ attempts: 5, baseMs: -1 })).toThrow('retry: expected baseMs to be zero or more')
    await failureOf(() => inTime(clock, store.read(['a'], call())))
    expect(remote.log).toHaveLength(2)
  })

  it.each<[RetryOptions, string]>([
    [{ attempts: 0 }, 'expected attempts to be a positive whole number, got 0'],
    [{ budget: 1.5 }, 'expected budget to be a number from 0 to 1, got 1.5'],
    [{ burst: 0 }, 'expected burst to be a number of 1 or more, got 0'],
    [{ retries: 3 } as RetryOptions, 'retry has no option "retries"'],
  ])('refuses %o', (options, message) => {
    expect(() => retry(options)).toThrow(message)
  })
})

describe('a write in doubt', () => {
  const outcome = async (at: Bench, change: Change<string>): Promise<unknown> => {
    try {
      return await inTime(at.clock, at.store.write([change], at.call()))
    } catch (error) {
      return error instanceof CacheError ? `${error.code} ${error.retry} ${error.outcome}` : error
    }
  }

  it('is made again where it puts, whatever was there', async () => {
    const at = bench([retry()])
    for (const fate of [loses(), fails(lost)]) {
      at.remote.meets = first(fate)
      expect(await outcome(at, at.put('a'))).toEqual([true])
    }
  })

  it('is looked at first where it hangs on a condition: its own version means that it has happened', async () => {
    for (const when of ['absent', 'vacant', 'present'] as const) {
      const at = bench([retry()])
      if (when === 'present') await at.store.write([at.put('a')], at.call())
      at.remote.log.length = 0
      at.remote.meets = first(loses())
      expect(await outcome(at, at.put('a', 'mine', when))).toEqual([true])
      expect(at.remote.log).toEqual(['write a', 'read a'])
    }
  })

  it('is not made again where nobody can say whether it has happened', async () => {
    for (const when of ['absent', 'vacant'] as const) {
      const at = bench([retry()])
      at.remote.meets = first(fails(lost))
      expect(await outcome(at, at.put('a', 'mine', when))).toBe('UNAVAILABLE exhausted unknown')
      expect(at.remote.log).toEqual(['write a', 'read a'])
    }
  })

  it('is made again where the version that it replaces is still there', async () => {
    const at = bench([retry()])
    const before = at.put('a')
    await at.store.write([before], at.call())
    at.remote.meets = first(fails(lost))
    expect(await outcome(at, at.put('a', 'mine', { version: before.version }))).toEqual([true])
    at.remote.meets = first(loses())
    expect(await outcome(at, at.removal('a', { version: before.version }))).toBe('UNAVAILABLE exhausted unknown')
  })

  it('removes again, and is certain only where something was removed', async () => {
    const at = bench([retry()])
    await at.store.write([at.put('a')], at.call())
    at.remote.meets = first(fails(lost))
    expect(await outcome(at, at.removal('a'))).toEqual([true])
    await at.store.write([at.put('a')], at.call())
    at.remote.meets = first(loses())
    expect(await outcome(at, at.removal('a'))).toBe('UNAVAILABLE exhausted unknown')
    expect(at.remote.entries.size).toBe(0)
  })

  it('stays in doubt, whatever comes of later attempts', async () => {
    const at = bench([retry()])
    at.remote.meets = first(fails(lost), fails(unavailable), fails(unavailable))
    expect(await outcome(at, at.put('a'))).toBe('UNAVAILABLE exhausted unknown')
    at.remote.meets = first(
      fails(lost),
      fails(() => new CacheError('FULL', 'no room')),
    )
    expect(await outcome(at, at.put('a'))).toBe('FULL no unknown')
    at.remote.meets = first(fails(lost))
    expect(await inTime(at.clock, at.store.clear('', at.call()))).toBe(undefined)
  })

  it('is looked at again where the look fails', async () => {
    const at = bench([retry()])
    at.remote.meets = first(loses(), fails(unavailable))
    expect(await outcome(at, at.put('a', 'mine', 'absent'))).toEqual([true])
    expect(at.remote.log).toEqual(['write a', 'read a', 'read a'])
  })
})

describe('a batch that fails in part', () => {
  /** Fails those keys that the test names, one time each, and does the others. */
  function failing(at: Bench, errors: Record<string, CacheError>): void {
    at.remote.meets = ({ keys, verb }) => {
      const struck = keys.filter((key) => errors[key] !== undefined)
      if (struck.length === 0) return undefined
      const outcomes = keys.map((key) => {
        const error = errors[key]
        return error === undefined
          ? { key, value: verb === 'write' ? true : at.remote.entries.get(key) }
          : { key, error }
      })
      const [worst = unavailable()] = struck.flatMap((key) => errors[key] ?? [])
      for (const key of struck) if (worst.retry === 'yes') delete errors[key]
      return loses(() => new CacheError(worst.code, 'a part failed', { outcome: worst.outcome, outcomes }))
    }
  }

  it('is made again in that part alone', async () => {
    const at = bench([retry()])
    failing(at, { b: unavailable() })
    expect(await inTime(at.clock, at.store.write([at.put('a'), at.put('b'), at.put('c')], at.call()))).toEqual([
      true,
      true,
      true,
    ])
    failing(at, { a: unavailable() })
    const found = await inTime(at.clock, at.store.read(['a', 'b', 'nothing'], at.call()))
    expect(found.map((one) => one?.value)).toEqual(['v', 'v', undefined])
    expect(at.remote.log).toEqual(['write a b c', 'write b', 'read a b nothing', 'read a'])
  })

  it('says of each key what became of it', async () => {
    const at = bench([retry({ attempts: 2 })])
    at.remote.meets = ({ keys }) =>
      fails(() => {
        const outcomes = keys.map((key) => (key === 'a' ? { key, value: true } : { key, error: unavailable() }))
        return new CacheError('UNAVAILABLE', 'a part failed', { outcomes })
      })
    const error = await failureOf(() => inTime(at.clock, at.store.write([at.put('a'), at.put('b')], at.call())))
    expect(error).toMatchObject({
      retry: 'exhausted',
      outcome: 'unknown',
      outcomes: [
        { key: 'a', value: true },
        { key: 'b', error: { code: 'UNAVAILABLE', retry: 'exhausted' } },
      ],
    })
    expect(at.remote.log).toEqual(['write a b', 'write b'])
  })

  it('goes on with what may pass where another key may not', async () => {
    const at = bench([retry()])
    const full = new CacheError('FULL', 'no room')
    let isFirst = true
    at.remote.meets = ({ keys }) => {
      if (!isFirst) return undefined
      isFirst = false
      const outcomes = keys.map((key) => ({ key, error: key === 'a' ? full : unavailable() }))
      return fails(() => new CacheError('FULL', 'a part failed', { outcomes }))
    }
    const error = await failureOf(() => inTime(at.clock, at.store.write([at.put('a'), at.put('b')], at.call())))
    expect(error).toMatchObject({
      code: 'FULL',
      retry: 'no',
      outcomes: [
        { key: 'a', error: full },
        { key: 'b', value: true },
      ],
    })
  })

  it('is not taken apart where it is atomic, or one change hangs on another', async () => {
    const whole = bench([retry()], { atomicBatch: true })
    whole.remote.meets = first(fails(lost))
    const add = whole.put('b', 'v', 'absent')
    expect(
      await failureOf(() => inTime(whole.clock, whole.store.write([whole.put('a'), add], whole.call()))),
    ).toMatchObject({ retry: 'exhausted', outcome: 'unknown' })
    expect(whole.remote.log).toEqual(['write a b'])
    whole.remote.meets = first(fails(lost))
    expect(await inTime(whole.clock, whole.store.write([whole.put('a'), whole.put('b')], whole.call()))).toEqual([
      true,
      true,
    ])

    const twins = bench([retry()])
    twins.remote.meets = first(fails(lost))
    const changes = [twins.put('a'), twins.removal('a')]
    expect(await failureOf(() => inTime(twins.clock, twins.store.write(changes, twins.call())))).toMatchObject({
      retry: 'exhausted',
    })
    expect(twins.remote.log).toEqual(['write a a'])
  })
})

function verbs(
  store: Store<string>,
  change: Change<string>,
  call: ReturnType<Bench['call']>,
): readonly (() => unknown)[] {
  return [() => store.read(['a'], call), () => store.write([change], call), () => store.clear('', call)]
}

async function keysOf(store: Store<string>, call: ReturnType<Bench['call']>): Promise<string[]> {
  const keys: string[] = []
  for await (const page of store.scan('', call)) keys.push(...page.map(([key]) => key))
  return keys
}
