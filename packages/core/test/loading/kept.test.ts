import { describe, expect, it } from 'vitest'
import type { ValueContext } from '../../src/codec.js'
import { hide } from '../../src/hide.js'
import { json } from '../../src/json.js'
import { holdsKept, keptIn, keptMarks } from '../../src/kept.js'
import { values } from '../../src/values.js'
import { pass, processOf, refuseUnhandled, type Settings, twoProcesses } from '../support/caches.js'
import { deferred, stateOf, turns } from '../support/deferred.js'
import { entry, NOW, version } from '../support/entries.js'
import { rejectionOf } from '../support/failures.js'

refuseUnhandled()

const LEASE_MS = 3_000
const DOWN = new Error('the source is down')
const fail = (): never => {
  throw DOWN
}

/** Two processes over one server that keeps a value whose time has come. */
async function keptWorld(settings: Settings<string> = {}, graceMs = 60_000) {
  const world = twoProcesses<string>(settings)
  await world.a.cache.set('k', 'old', { ttlMs: 100, graceMs, tags: ['t'] })
  const kept = world.server.get('k')
  world.clock.advance(200)
  return { ...world, kept }
}

/** It was encrypted for exactly one header, as far as a test needs it. */
function sealing() {
  const text = (context: ValueContext): string =>
    JSON.stringify([context.key, context.header.kind, context.header.version, context.header.expiresAt])
  return values({
    name: 'sealing',
    bindsHeader: true,
    encode: (value, context) => ({ value, mark: text(context) }),
    decode(value, mark, context) {
      if (mark !== text(context)) throw new Error('another header')
      return value
    },
  })
}

describe('what is kept in a lease', () => {
  it('is found there exactly as it was, and nowhere else', () => {
    const kept = entry('v', { expiresAt: NOW + 1, keptUntil: Infinity, marks: { codec: 'json' } })
    const lease = { ...kept, kind: 'lease', expiresAt: NOW + 9, version: version(), marks: keptMarks(kept) } as const
    expect(keptIn(lease)).toEqual(kept)
    expect(keptIn(kept)).toBe(kept)
    const empty = { ...lease, marks: {} }
    expect(keptIn(empty)).toBe(empty)
    const value = { ...lease, kind: 'value' } as const
    expect([keptIn(value), holdsKept(value), holdsKept(lease)]).toEqual([value, false, true])
  })
})

describe('a kept value', () => {
  it('is no value to ordinary reads, in a lease or out of it', async () => {
    const { a, b } = await keptWorld()
    expect(await b.cache.get('k')).toBeUndefined()
    const source = deferred<string>()
    const got = a.cache.getOrSet('k', () => source.promise)
    await turns()
    expect(await b.cache.get('k')).toBeUndefined()
    expect(await b.cache.has('k')).toBe(false)
    expect(await b.cache.lookup('k')).toMatchObject({ outcome: 'miss', why: 'loading' })
    source.resolve('new')
    await got
  })

  it('is given when the load fails, and is as it was before', async () => {
    const { a, server, kept } = await keptWorld()
    expect(await a.cache.getOrSet('k', fail)).toBe('old')
    await turns()
    expect(server.get('k')).toEqual({ ...kept, version: expect.anything() })
    expect(a.loads).toEqual(['failed'])
  })

  it('is not given to a caller who has left', async () => {
    const { a } = await keptWorld()
    const leaving = new AbortController()
    const got = rejectionOf(
      a.cache.getOrSet('k', () => new Promise<string>(() => undefined), { signal: leaving.signal }),
    )
    await turns()
    leaving.abort()
    expect((await got).code).toBe('ABORTED')
  })

  it('is handed to the loader', async () => {
    const { a } = await keptWorld()
    expect(await a.cache.getOrSet('k', ({ previous }) => `${previous} and new`)).toBe('old and new')
  })

  it('is given to those who wait for another process when that is late, and the load goes on', async () => {
    const { a, b, clock, server } = await keptWorld()
    const source = deferred<string>()
    const first = a.cache.getOrSet('k', () => source.promise)
    await turns()
    const second = b.cache.getOrSet('k', () => 'b', { softDeadlineMs: 300 })
    await pass(clock, 250)
    expect(await stateOf(second)).toBe('pending')
    await pass(clock, 50)
    expect(await second).toBe('old')
    source.resolve('a')
    await pass(clock, 200)
    expect(await first).toBe('a')
    expect(server.texts).toEqual({ k: 'a' })
  })

  it('outlives the death of the process that was loading it anew', async () => {
    const { a, b, clock, server, kept } = await keptWorld()
    const source = deferred<string>()
    const first = a.cache.getOrSet('k', () => source.promise)
    await turns()
    a.store.held = true
    await pass(clock, LEASE_MS + 500)
    expect(await b.cache.getOrSet('k', fail)).toBe('old')
    await turns()
    expect(server.get('k')).toEqual({ ...kept, version: expect.anything() })
    source.resolve('a')
    await a.store.settleAll()
    await first
  })

  it('outlives the death of a process while another waits for it', async () => {
    const { a, b, clock } = await keptWorld()
    const source = deferred<string>()
    const first = a.cache.getOrSet('k', () => source.promise)
    await turns()
    const second = b.cache.getOrSet('k', fail)
    a.store.held = true
    await pass(clock, LEASE_MS + 500)
    expect(await second).toBe('old')
    source.resolve('a')
    await a.store.settleAll()
    await first
  })

  it('is gone at the end of its grace, in a lease too', async () => {
    const { a, b, clock } = await keptWorld({}, 1_000)
    const source = deferred<string>()
    const first = a.cache.getOrSet('k', () => source.promise)
    await turns()
    await pass(clock, 1_000)
    const second = rejectionOf(b.cache.getOrSet('k', () => 'b', { hardDeadlineMs: 200, softDeadlineMs: 100 }))
    await pass(clock, 400)
    expect((await second).code).toBe('TIMEOUT')
    source.resolve('a')
    await first
  })

  it('is not handed to the loader once its grace is over, though the lease around it is not', async () => {
    const { a, b, clock } = await keptWorld({}, 1_000)
    const source = deferred<string>()
    const first = a.cache.getOrSet('k', () => source.promise)
    await turns()
    a.store.held = true
    await pass(clock, 1_500)
    const second = b.cache.getOrSet('k', ({ previous }) => `after ${previous}`)
    await pass(clock, LEASE_MS)
    expect(await second).toBe('after undefined')
    source.resolve('a')
    await a.store.settleAll()
    await first
  })

  it('can be kept for ever: what a lease notes of it is finite', async () => {
    const { a, server } = await keptWorld({}, Infinity)
    const source = deferred<string>()
    const got = a.cache.getOrSet('k', () => source.promise)
    await turns()
    const { marks, keptUntil } = server.get('k') ?? {}
    expect(keptUntil).toBe(Infinity)
    expect(JSON.parse(JSON.stringify(marks))).toEqual(marks)
    source.reject(DOWN)
    expect(await got).toBe('old')
    await turns()
    expect(server.get('k')).toMatchObject({ kind: 'value', keptUntil: Infinity })
  })

  it('can be read by every process, be it bound to its header', async () => {
    const settings: Settings<string> = { encode: [json(), sealing()] }
    const { a, b, clock, server } = await keptWorld(settings)
    const source = deferred<string>()
    const first = a.cache.getOrSet('k', () => source.promise)
    await turns()
    const second = b.cache.getOrSet('k', () => 'b', { softDeadlineMs: 100 })
    await pass(clock, 100)
    expect(await second).toBe('old')
    source.reject(DOWN)
    expect(await first).toBe('old')
    await turns()
    const c = processOf<string>(server, settings, { clock, name: 'c' })
    expect(await c.cache.getOrSet('k', fail)).toBe('old')
    expect([a, b, c].flatMap(({ failures }) => failures)).toEqual([])
  })

  it('is hidden by a layer in a lease as it is out of it', async () => {
    const hiding = () => hide({ name: 'hiding', hidden: (_, { tags }) => tags.some(({ name }) => name === 't') })
    const { a, b, clock } = await keptWorld({ use: [hiding()] })
    await expect(a.cache.getOrSet('k', fail)).rejects.toBe(DOWN)
    const source = deferred<string>()
    const first = a.cache.getOrSet('k', () => source.promise)
    await turns()
    const second = b.cache.getOrSet('k', () => 'b', { softDeadlineMs: 100 })
    await pass(clock, 500)
    expect(await stateOf(second)).toBe('pending')
    source.resolve('a')
    await pass(clock, 500)
    await first
    await second
  })

  it('that cannot be read is not given either: the failure of the load is', async () => {
    const { a, server } = await keptWorld()
    const kept = server.get('k')
    if (kept !== undefined) server.set('k', { ...kept, marks: { codec: 'stream' } })
    await expect(a.cache.getOrSet('k', fail)).rejects.toBe(DOWN)
  })

  it('that cannot be read is no reason not to load', async () => {
    const { a, server } = await keptWorld()
    const kept = server.get('k')
    if (kept !== undefined) server.set('k', { ...kept, marks: { codec: 'stream' } })
    expect(await a.cache.getOrSet('k', ({ previous }) => `after ${previous}`)).toBe('after undefined')
    await turns()
    expect(server.texts).toEqual({ k: 'after undefined' })
    expect(a.failures.map(({ code }) => code)).toEqual(['UNSUPPORTED'])
  })
})
