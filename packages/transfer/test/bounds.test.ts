import { memory } from '@cachette/adapter-memory'
import { type Bytes, type Codec, createCache, manualClock, type Shell, type Store, shell } from '@cachette/core'
import { describe, expect, it } from 'vitest'
import { exportTo, importFrom, migrate } from '../src/index.js'
import { fileOf, GOOD, kept, whole } from './files.js'
import { all, changed, clock, copies, entry, failure, NOW, numbered, put, version } from './support.js'

describe('values that were stored without a size', () => {
  const codec: Codec<number> = {
    name: 'large',
    encode: (value) => new Uint8Array(1_000).fill(value),
    decode: (bytes) => bytes[0] ?? 0,
  }

  async function filled(): Promise<Store<number>> {
    const from = memory<number>({ clock })
    const cache = createCache<number>({ store: from, clock })
    await cache.setMany(Array.from({ length: 200 }, (_, index) => [`key ${index}`, index] as const))
    return from
  }

  it('are written as bytes in batches of no more than that', async () => {
    const to = copies()
    const written: number[] = []
    const watched = changed(to, {
      write: (changes, call) => {
        written.push(changes.reduce((sum, change) => sum + (change.entry?.size ?? 0), 0))
        return to.write(changes, call)
      },
    })
    const report = await migrate(await filled(), watched, { clock, codec, batchBytes: 5_000 })
    expect(report).toMatchObject({ verified: true, counts: { copied: 200, bytes: 200_000 } })
    expect(Math.max(...written)).toBe(5_000)
  })

  it('are exported so', async () => {
    const written: number[] = []
    const sink = new WritableStream<Bytes>({ write: (chunk) => void written.push(chunk.length) })
    await exportTo(await filled(), sink, { clock, codec, batchBytes: 5_000 })
    expect(Math.max(...written)).toBeLessThan(10_000)
  })
})

describe('what runs out meanwhile', () => {
  const SHORT = { staleAt: NOW + 10, expiresAt: NOW + 10, keptUntil: NOW + 10 }

  it('between the copy and the comparison is no difference', async () => {
    for (const verify of ['headers', 'values'] as const) {
      const moving = manualClock(NOW)
      const made = (): Shell<Bytes> => shell(memory({ copies: true, clock: moving }), { clock: moving })
      const [from, to] = [made(), made()]
      await from.write([{ key: 'a', entry: entry('1', SHORT), version: version(NOW) }], all())
      let reads = 0
      const late = changed(to, {
        read: (keys, call) => {
          reads += 1
          if (reads > (verify === 'headers' ? 2 : 3)) moving.advance(20)
          return to.read(keys, { ...call, now: moving.now() })
        },
      })
      const report = await migrate(from, shell(late, { clock: moving }), { clock: moving, verify })
      expect(report).toMatchObject({ verified: true, differing: 0, counts: { copied: 1 } })
    }
  })

  it('in an import is no difference', async () => {
    const moving = manualClock(NOW)
    const to = memory({ copies: true, clock: moving })
    const late = changed(to, {
      write: async (changes, call) => {
        const answers = await to.write(changes, call)
        moving.advance(20)
        return answers
      },
    })
    const report = await importFrom(whole(fileOf({ ...GOOD, ...SHORT, createdAt: NOW })), late, { clock: moving })
    expect(report).toMatchObject({ verified: true, counts: { copied: 1 } })
  })
})

describe('who leaves early', () => {
  it('lets go of the scan, wherever it failed', async () => {
    const store = copies()
    await put(store, numbered(600))
    let open = 0
    const from = changed(store, {
      async *scan(prefix, call) {
        open += 1
        try {
          yield* store.scan(prefix, call)
        } finally {
          open -= 1
        }
      },
    })
    const full = changed(copies(), {
      write: () => {
        throw new Error('no room left')
      },
    })
    await failure(migrate(from, full, { clock }))
    const broken = new WritableStream<Bytes>({ write: () => Promise.reject(new Error('the pipe is gone')) })
    await failure(exportTo(from, broken, { clock }))
    const stopped = (): never => {
      throw new Error('enough')
    }
    await failure(exportTo(from, kept().sink, { clock, onProgress: stopped }))
    expect(open).toBe(0)
  })
})
