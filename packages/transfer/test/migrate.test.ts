import { memory } from '@cachette/adapter-memory'
import { type Bytes, CacheError, createCache, json, type Store, shell } from '@cachette/core'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { type Checkpoint, checkpointOf, migrate, type Progress } from '../src/index.js'
import {
  all,
  changed,
  clock,
  contents,
  copies,
  entry,
  failure,
  NOW,
  numbered,
  ordered,
  put,
  version,
} from './support.js'

// Properties copy whole stores, many times.
vi.setConfig({ testTimeout: 60_000 })

describe('what is copied', () => {
  it('keeps lifetimes, versions, tags and marks, fresh or stale, kept or for ever', async () => {
    const [from, to] = [copies(), copies()]
    await put(from, {
      fresh: entry('{"a":1}', { tags: [{ name: 'user' }, { name: 'user', marker: 'b7' }] }),
      stale: entry('1', { staleAt: NOW - 2, createdAt: NOW - 5 }),
      kept: entry('2', { createdAt: NOW - 9, staleAt: NOW - 5, expiresAt: NOW - 4, keptUntil: NOW + 5 }),
      endless: entry('3', { staleAt: Infinity, expiresAt: Infinity, keptUntil: Infinity }),
      coded: entry(Uint8Array.of(0, 255, 1), {
        marks: { codec: 'msgpack/graph', compression: 'br', level: 4, odd: true },
      }),
      removed: entry('', { kind: 'tombstone', version: version(NOW, 9), marks: {} }),
      empty: entry(''),
    })
    const report = await migrate(from, to, { clock })
    expect(await contents(to)).toEqual(await contents(from))
    expect(report).toMatchObject({
      verified: true,
      differing: 0,
      compared: 7,
      counts: { seen: 7, copied: 7, leftOut: 0 },
    })
  })

  it('leaves out leases, what has expired, and what the filter refuses', async () => {
    const [from, to] = [copies(), copies()]
    await put(from, {
      lease: entry('', { kind: 'lease' }),
      gone: entry('1', { createdAt: 0, staleAt: 1, expiresAt: 1, keptUntil: 1 }),
      other: entry('2'),
      wanted: entry('3'),
    })
    const report = await migrate(from, to, { clock, filter: (key) => key !== 'other' })
    expect(Object.keys(await contents(to))).toEqual(['wanted'])
    expect(report).toMatchObject({ verified: true, counts: { copied: 1, leftOut: 2 } })
  })

  it('takes only what begins with the prefix', async () => {
    const [from, to] = [copies(), copies()]
    await put(from, { 'a/1': entry('1'), 'a/2': entry('2'), ab: entry('3') })
    await migrate(from, to, { clock, prefix: 'a/' })
    expect(Object.keys(await contents(to))).toEqual(['a/1', 'a/2'])
  })

  it('leaves damaged entries where they are, and counts them', async () => {
    const from = copies()
    await put(from, { good: entry('1'), bad: entry('2'), late: entry('3') })
    const damaged: Store<Bytes> = changed(from, {
      async *scan(prefix, call) {
        for await (const page of from.scan(prefix, call)) {
          yield page.map(
            ([key, found]) => [key, key === 'bad' ? { ...found, kind: 'damaged', value: undefined } : found] as const,
          )
        }
      },
      // Headers are whole: the damage shows when the value is read.
      read: async (keys, call) => {
        const found = await from.read(keys, call)
        return found.map((each, index) => (each && keys[index] === 'late' ? { ...each, kind: 'damaged' } : each))
      },
    })
    const to = copies()
    const report = await migrate(damaged, to, { clock, verify: 'none' })
    expect(Object.keys(await contents(to))).toEqual(['good'])
    expect(report.counts).toMatchObject({ seen: 3, copied: 1, damaged: 2 })
    expect(report.verified).toBeUndefined()
  })

  it('never overwrites what is newer, and replaces what is older, damaged or a lease without a loader', async () => {
    const [from, to] = [copies(), copies()]
    await put(from, { newer: entry('1'), older: entry('2'), same: entry('3'), left: entry('4'), busy: entry('5') })
    await put(to, {
      newer: entry('9', { version: version(NOW + 1) }),
      older: entry('8', { version: version(NOW - 1) }),
      same: entry('3'),
      left: entry('', { kind: 'lease', version: version(NOW + 1), createdAt: 0, staleAt: 0, expiresAt: 0 }),
      busy: entry('', { kind: 'lease', version: version(NOW + 1) }),
    })
    const report = await migrate(from, to, { clock })
    expect(report.counts).toMatchObject({ copied: 2, same: 1, newer: 2 })
    const found = await to.read(['newer', 'older', 'left'], all())
    expect(found.map((each) => String(each?.value && new TextDecoder().decode(each.value)))).toEqual(['9', '2', '4'])
    // Whoever loads it may yet store something newer: until then it is not there.
    expect(report).toMatchObject({ verified: false, differences: [{ key: 'busy', what: 'missing' }] })
  })

  it('lets what others write meanwhile stand, whichever moment they choose', async () => {
    const [from, to] = [copies(), copies()]
    await put(from, { a: entry('1'), b: entry('2') })
    let others = 2
    const contended = changed(to, {
      write: async (changes, call) => {
        const value = entry('"theirs"', { version: version(NOW + (others === 2 ? -1 : 5), others) })
        if (others-- > 0) await put(to, { a: value })
        return to.write(changes, call)
      },
    })
    const report = await migrate(from, contended, { clock })
    expect((await to.read(['a', 'b'], all())).map((each) => each?.version.time)).toEqual([NOW + 5, NOW])
    expect(report).toMatchObject({ verified: true, counts: { copied: 1, newer: 1 } })
  })

  it('gives up where others never let it', async () => {
    const [from, to] = [copies(), copies()]
    await put(from, { a: entry('1') })
    const contended = changed(to, { write: (changes) => changes.map(() => false) })
    expect(await failure(migrate(from, contended, { clock }))).toMatchObject({ code: 'BUSY', retry: 'yes' })
  })

  it('writes without conditions where there are none', async () => {
    const [from, plain] = [copies(), memory({ copies: true, clock })]
    await put(from, { a: entry('1') })
    const to = changed(plain, { traits: { ...plain.traits, conditional: 'none' } })
    expect(await migrate(from, to, { clock })).toMatchObject({ verified: true, counts: { copied: 1 } })
  })

  it('copies whatever versions and values there are, once and for all', async () => {
    const entries = fc.dictionary(
      fc.string({ minLength: 1, unit: 'grapheme' }),
      fc.record({ value: fc.uint8Array({ maxLength: 40 }), at: fc.nat(3), there: fc.option(fc.nat(3)) }),
      { maxKeys: 30 },
    )
    await fc.assert(
      fc.asyncProperty(entries, fc.integer({ min: 1, max: 100 }), async (given, batchBytes) => {
        const [from, to] = [ordered(5), copies()]
        for (const [key, { value, at, there }] of Object.entries(given)) {
          await put(from, { [key]: entry(value, { version: version(NOW + at) }) })
          if (there !== null) await put(to, { [key]: entry(value, { version: version(NOW + there) }) })
        }
        expect((await migrate(from, to, { clock, batchBytes })).verified).toBe(true)
        const again = await migrate(from, to, { clock, batchBytes })
        expect(again).toMatchObject({ verified: true, counts: { copied: 0 } })
        const found = await to.read(Object.keys(given), all())
        const times = Object.values(given).map(({ at, there }) => NOW + Math.max(at, there ?? 0))
        expect(found.map((each) => each?.version.time)).toEqual(times)
      }),
    )
  })
})

describe('resuming', () => {
  it('goes on behind the last key where keys come in order, and counts nothing twice', async () => {
    const [from, to] = [ordered(3), copies()]
    await put(from, numbered(20))
    let writes = 0
    const failing = changed(to, {
      write: (changes, call) => {
        writes += 1
        if (writes === 4) throw new CacheError('FULL', 'no room left', { source: 'to' })
        return to.write(changes, call)
      },
    })
    const error = await failure(migrate(from, failing, { clock }))
    expect(error).toMatchObject({ code: 'FULL', source: 'to', message: 'FULL: no room left' })
    const checkpoint = checkpointOf(error)
    expect(checkpoint).toMatchObject({ after: 'key 0008', counts: { seen: 9, copied: 9 } })
    const looked: string[] = []
    const watched = changed(to, {
      read: (keys, call) => {
        looked.push(...keys)
        return to.read(keys, call)
      },
    })
    const resumed = JSON.parse(JSON.stringify(checkpoint)) as Checkpoint
    const report = await migrate(from, watched, { clock, checkpoint: resumed, verify: 'none' })
    expect(report.counts).toMatchObject({ seen: 20, copied: 20, same: 0 })
    expect(looked).not.toContain('key 0008')
    expect(await contents(to)).toEqual(await contents(from))
  })

  it('finds again what is there already where keys come in no order', async () => {
    const [from, to] = [copies(), copies()]
    await put(from, numbered(600))
    const aborting = new AbortController()
    const last: Progress[] = []
    const onProgress = (progress: Progress): void => {
      last.push(progress)
      aborting.abort()
    }
    const error = await failure(migrate(from, to, { clock, onProgress, signal: aborting.signal }))
    expect(error.code).toBe('ABORTED')
    const checkpoint = checkpointOf(error)
    expect(checkpoint).toEqual(last[0]?.checkpoint)
    expect(checkpoint?.after).toBeUndefined()
    const done = last[0]?.counts.copied ?? 0
    expect(done).toBeGreaterThan(0)
    const report = await migrate(from, to, { clock, checkpoint })
    expect(report).toMatchObject({ verified: true, counts: { seen: 600, copied: 600 - done, same: done } })
  })

  it('refuses the checkpoint of another transfer, and what is none', async () => {
    const [from, to] = [ordered(), copies()]
    await put(from, numbered(5))
    const seen: Progress[] = []
    await migrate(from, to, { clock, onProgress: (progress) => void seen.push(progress) })
    const checkpoint = seen[0]?.checkpoint
    const other = await failure(migrate(from, to, { clock, checkpoint, prefix: 'a' }))
    expect(other).toMatchObject({ code: 'INVALID_OPTION' })
    const none = await failure(migrate(from, to, { checkpoint: { after: 'a' } as unknown as Checkpoint }))
    expect(none).toMatchObject({ code: 'INVALID_OPTION' })
    expect(checkpointOf(none)).toBeUndefined()
    expect(checkpointOf(new Error('none'))).toBeUndefined()
    expect(checkpointOf(new CacheError('BACKEND', 'none', { details: { checkpoint: '{}' } }))).toBeUndefined()
  })
})

describe('verifying', () => {
  it('names what differs, and how', async () => {
    const [from, to] = [copies(), copies()]
    await put(from, {
      missing: entry('1'),
      older: entry('2'),
      header: entry('3'),
      marks: entry('4'),
      value: entry('5'),
      fine: entry('6'),
    })
    const spoiled = changed(to, {
      write: (changes, call) =>
        to.write(
          changes.flatMap((change) => {
            const { entry: given, key } = change
            if (given === undefined || key === 'missing') return []
            if (key === 'header') return [{ ...change, entry: { ...given, staleAt: NOW } }]
            if (key === 'marks') return [{ ...change, entry: { ...given, marks: {} } }]
            if (key === 'value') return [{ ...change, entry: { ...given, value: Uint8Array.of(1) } }]
            return [change]
          }),
          call,
        ),
    })
    const loose = changed(spoiled, {
      write: async (changes, call) => {
        await spoiled.write(changes, call)
        return changes.map(() => true)
      },
    })
    const onProgress = async ({ phase }: Progress): Promise<void> => {
      if (phase === 'copy') await put(from, { older: entry('9', { version: version(NOW + 3) }) })
    }
    const report = await migrate(from, loose, { clock, onProgress: (progress) => void onProgress(progress) })
    const sorted = [...report.differences].sort((a, b) => (a.key < b.key ? -1 : 1))
    expect(sorted).toEqual([
      { key: 'header', what: 'header' },
      { key: 'marks', what: 'header' },
      { key: 'missing', what: 'missing' },
      { key: 'older', what: 'older' },
      { key: 'value', what: 'value' },
    ])
    expect(report).toMatchObject({ verified: false, differing: 5, compared: 6 })
    const headers = await migrate(from, loose, { clock, verify: 'headers', prefix: 'value' })
    expect(headers.verified).toBe(true)
  })

  it('counts all that differ, and shows the first hundred', async () => {
    const [from, to] = [copies(), copies()]
    await put(from, numbered(150))
    const forgetful = changed(to, { write: (changes) => changes.map(() => true) })
    const report = await migrate(from, forgetful, { clock })
    expect(report.differing).toBe(150)
    expect(report.differences).toHaveLength(100)
  })
})

describe('values by reference', () => {
  const codec = json()

  it('are copied as they are', async () => {
    const [from, to] = [memory<unknown>({ clock }), memory<unknown>({ clock })]
    const cache = createCache<unknown>({ store: from, clock })
    const value = { at: new Date(1) }
    await cache.set('a', value, { tags: ['t'] })
    expect(await migrate(from, to, { clock })).toMatchObject({ verified: true })
    expect(await createCache<unknown>({ store: to, clock }).get('a')).toBe(value)
  })

  it('become bytes by a codec, which a cache of bytes reads, and the other way round', async () => {
    const [from, bytes, back] = [
      memory<unknown>({ clock }),
      memory({ copies: true, clock }),
      memory<unknown>({ clock }),
    ]
    const cache = createCache<unknown>({ store: from, clock })
    await cache.set('object', { a: [1] }, { ttlMs: 5_000, sliding: true })
    await cache.set('text', 'as it is')
    await put(from as Store<Bytes>, { gone: entry('', { kind: 'tombstone', marks: {} }) })
    expect(await migrate(from, bytes, { clock, codec })).toMatchObject({ verified: true, counts: { copied: 3 } })
    const read = createCache<unknown>({ store: bytes, clock })
    expect(await read.getMany(['object', 'text'])).toEqual([{ a: [1] }, 'as it is'])
    expect(await migrate(bytes, back, { clock, codec })).toMatchObject({ verified: true })
    expect(await createCache<unknown>({ store: back, clock }).getMany(['object', 'text'])).toEqual([
      { a: [1] },
      'as it is',
    ])
    expect(await migrate(back, bytes, { clock, codec })).toMatchObject({ verified: true, counts: { same: 3 } })
  })

  it('are refused without one, and what the codec cannot carry is', async () => {
    const [from, to] = [memory<unknown>({ clock }), copies()]
    expect(await failure(migrate(from, to as Store<unknown>, { clock }))).toMatchObject({ code: 'UNSUPPORTED' })
    await createCache<unknown>({ store: from, clock }).set('a', 1n)
    const error = await failure(migrate(from, to, { clock, codec }))
    expect(error).toMatchObject({ code: 'INVALID_VALUE' })
    expect(error.message).toContain('"a"')
  })

  it('cannot be made of bytes that a layer or another codec made', async () => {
    const to = memory<unknown>({ clock })
    const coded = copies()
    await put(coded, { a: entry('1', { marks: { codec: 'json', compression: 'br' } }) })
    expect(await failure(migrate(coded, to, { clock, codec }))).toMatchObject({ code: 'UNSUPPORTED' })
    const other = copies()
    await put(other, { a: entry('1', { marks: { codec: 'msgpack' } }) })
    expect(await failure(migrate(other, to, { clock, codec }))).toMatchObject({ code: 'UNSUPPORTED' })
  })
})

describe('options', () => {
  it('refuses one store twice, and a store that cannot list its keys', async () => {
    const store = copies()
    expect(await failure(migrate(store, store, { clock }))).toMatchObject({ code: 'INVALID_OPTION' })
    const silent = changed(store, { traits: { ...store.traits, scan: 'none' } })
    expect(await failure(migrate(silent, copies(), { clock }))).toMatchObject({ code: 'UNSUPPORTED' })
  })

  it('refuses names that it does not know, and values that do not fit', async () => {
    const [from, to] = [copies(), copies()]
    const refused = { code: 'INVALID_OPTION' }
    expect(await failure(migrate(from, to, { verfy: 'none' } as object))).toMatchObject(refused)
    expect(await failure(migrate(from, to, { verify: 'all' } as object))).toMatchObject(refused)
    expect(await failure(migrate(from, to, { codec: {} } as object))).toMatchObject(refused)
  })

  it('ends with what the listener throws', async () => {
    const [from, to] = [copies(), copies()]
    await put(from, { a: entry('1') })
    const onProgress = (): never => {
      throw new CacheError('REJECTED', 'enough')
    }
    expect(await failure(migrate(from, to, { clock, onProgress }))).toMatchObject({ code: 'REJECTED' })
  })

  it('makes later writes of the target come after what was copied', async () => {
    const [from, to] = [copies(), copies()]
    await put(from, { a: entry('1', { version: version(NOW + 1_000) }) })
    await migrate(from, to, { clock })
    expect(shell(to).versions.next().time).toBeGreaterThanOrEqual(NOW + 1_000)
  })
})
