import { describe, expect, it } from 'vitest'
import { pass, processOf, refuseUnhandled } from '../support/caches.js'
import { stateOf, turns } from '../support/deferred.js'
import { rejectionOf } from '../support/failures.js'

refuseUnhandled()

const CUT_OFF = new Error('cut off')

describe('a load whose store cannot be read', () => {
  it('runs its loader, reserves nothing, and stores nothing', async () => {
    const { cache, store, failures, loads } = processOf<string>()
    store.failure = CUT_OFF
    expect(await cache.getOrSet('k', () => 'loaded')).toBe('loaded')
    await turns()
    expect(store.calls).toEqual(['read k'])
    expect(failures.map(({ code, cause }) => [code, cause])).toEqual([['BACKEND', CUT_OFF]])
    expect(loads).toEqual(['discarded'])
  })

  it('is shared by all who ask meanwhile', async () => {
    const { cache, store } = processOf<number>()
    let runs = 0
    const both = [1, 2].map(() => {
      store.failure = CUT_OFF
      return cache.getOrSet('k', async () => {
        runs += 1
        await turns()
        return runs
      })
    })
    expect(await Promise.all(both)).toEqual([1, 1])
  })

  it('fails with the failure of its loader', async () => {
    const { cache, store } = processOf<string>()
    store.failure = CUT_OFF
    const down = new Error('the source is down')
    await expect(cache.getOrSet('k', () => Promise.reject(down))).rejects.toBe(down)
  })

  it.each([{ lives: 'server' }, { lives: 'disk' }] as const)(
    'that hangs, on a $lives, has its value within the deadline',
    async (traits) => {
      const { cache, store, clock, failures } = processOf<string>(undefined, { deadlineMs: 300 }, { traits })
      store.held = true
      const got = cache.getOrSet('k', () => 'loaded')
      clock.advance(299)
      expect(await stateOf(got)).toBe('pending')
      clock.advance(1)
      expect(await got).toBe('loaded')
      expect(failures.map(({ code }) => code)).toEqual(['TIMEOUT'])
      await store.settleAll()
    },
  )
})

describe('a load whose store can be read, but not written', () => {
  it('gives its value where the lease cannot be put', async () => {
    const { cache, store, failures, loads } = processOf<string>()
    const got = cache.getOrSet('k', () => 'loaded')
    store.failure = CUT_OFF
    expect(await got).toBe('loaded')
    await turns()
    expect(failures).toHaveLength(1)
    expect(loads).toEqual(['discarded'])
    expect(store.entries.size).toBe(0)
  })

  it('gives its value where the write fails, and reports that with the id of the call', async () => {
    const { cache, store, failures, loads, clock } = processOf<string>()
    const ids: (number | undefined)[] = []
    cache.on('get', ({ id }) => ids.push(id))
    cache.on('load', ({ id }) => ids.push(id))
    cache.on('failure', ({ id }) => ids.push(id))
    const got = cache.getOrSet('k', () => {
      store.failure = CUT_OFF
      return 'loaded'
    })
    expect(await got).toBe('loaded')
    await turns()
    expect(failures.map(({ cause }) => cause)).toEqual([CUT_OFF])
    expect(loads).toEqual(['unstored'])
    expect(new Set(ids).size).toBe(1)
    expect([...store.entries.keys()]).toEqual([])
    expect(clock.pending).toBe(0)
  })

  it('gives its value at once where the write hangs', async () => {
    const { cache, store, failures, clock } = processOf<string>()
    const got = cache.getOrSet('k', () => {
      store.held = true
      return 'loaded'
    })
    expect(await got).toBe('loaded')
    await pass(clock, 2_500)
    expect(failures.map(({ code }) => code)).toContain('TIMEOUT')
    await store.settleAll()
  })
})

describe('what is no trouble of the store', () => {
  it.each([
    ['INVALID_KEY', ''],
    ['INVALID_KEY', 'a\u241fb'],
  ])('is the answer itself: %s', async (code, key) => {
    const { cache, failures } = processOf<string>()
    expect(await rejectionOf(cache.getOrSet(key, () => 'loaded'))).toMatchObject({ code })
    expect(await rejectionOf(cache.getOrSetMany([key], () => new Map()))).toMatchObject({ code })
    expect(failures).toEqual([])
  })

  it('is the answer itself: a value that cannot be stored', async () => {
    const { cache, failures, store } = processOf()
    const error = await rejectionOf(cache.getOrSet('k', () => ({ at: { depth: () => undefined } })))
    expect(error).toMatchObject({ code: 'INVALID_VALUE', details: { path: 'value.at.depth' } })
    await turns()
    expect(failures).toEqual([])
    expect(store.entries.size).toBe(0)
  })
})

describe('a store that hangs', () => {
  it('makes every verb fail with TIMEOUT in its deadline, be it the cache’s or the call’s', async () => {
    const { cache, store, clock } = processOf<number>(undefined, { deadlineMs: 400 })
    store.held = true
    const options = { deadlineMs: 200 }
    const calls = {
      cache: () => [cache.get('a'), cache.set('b', 1), cache.has('c'), cache.delete('d'), cache.getMany(['e'])],
      call: () => [
        cache.get('f', options),
        cache.set('g', 1, options),
        cache.add('h', 1, options),
        cache.take('i', options),
        cache.update('j', () => 1, options),
        cache.increment('l', 1, options),
        cache.touch('m', options),
        cache.setMany([['o', 1]], options),
        cache.deleteMany(['p'], options),
      ],
    }
    const whole = calls.cache().map(rejectionOf)
    const halves = calls.call().map(rejectionOf)
    clock.advance(200)
    for (const error of await Promise.all(halves)) expect(error.code).toBe('TIMEOUT')
    for (const pending of whole) expect(await stateOf(pending)).toBe('pending')
    clock.advance(200)
    for (const error of await Promise.all(whole)) expect(error.code).toBe('TIMEOUT')
    await store.settleAll()
  })

  it('says of a write that it may still take effect, and of a read that nothing does', async () => {
    const { cache, store, clock } = processOf<number>()
    store.held = true
    const [read, write] = [rejectionOf(cache.get('a')), rejectionOf(cache.set('b', 1))]
    clock.advance(1_000)
    expect(await read).toMatchObject({ outcome: 'none', retry: 'yes' })
    expect(await write).toMatchObject({ outcome: 'unknown', retry: 'yes' })
    await store.settleAll()
  })

  it('is as before once it is back', async () => {
    const { cache, store, clock } = processOf<number>()
    store.held = true
    const late = rejectionOf(cache.get('k'))
    clock.advance(1_000)
    await late
    store.held = false
    await store.settleAll()
    await cache.set('k', 1)
    expect(await cache.get('k')).toBe(1)
  })
})
