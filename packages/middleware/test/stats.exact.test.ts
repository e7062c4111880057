import { memory } from '@cachette/adapter-memory'
import { createCache, manualClock } from '@cachette/core'
import { stats } from '@cachette/middleware/stats'
import { expect, it } from 'vitest'
import { seeded } from './support/seeded.js'

const OPERATIONS = 1_000_000
const SEED = 20_261_120

/** What stands under a key, as far as an ordinary reader can tell. */
interface Held {
  readonly size: number
  readonly staleAt: number
  readonly expiresAt: number
}

/** The plainest count there can be, kept beside the cache's. */
class Count {
  readonly held = new Map<string, Held>()
  readonly asked = new Map<string, number>()
  hits = 0
  stale = 0
  misses = 0
  bytesRead = 0
  bytesWritten = 0
  writes = 0
  refused = 0
  deleted = 0
  stored = 0
  failed = 0
  clears = 0
  refreshed = 0

  look(key: string, now: number, moves = true): Held | undefined {
    this.asked.set(key, (this.asked.get(key) ?? 0) + 1)
    const held = this.live(key, now)
    if (held === undefined) this.misses += 1
    else {
      if (now < held.staleAt) this.hits += 1
      else this.stale += 1
      if (moves) this.bytesRead += held.size
    }
    return held
  }

  live(key: string, now: number): Held | undefined {
    const held = this.held.get(key)
    return held !== undefined && now < held.expiresAt ? held : undefined
  }

  put(key: string, size: number, now: number): void {
    this.held.set(key, { size, staleAt: now + 50, expiresAt: now + 100 })
    this.bytesWritten += size
  }

  remove(key: string, now: number): void {
    if (this.live(key, now) !== undefined) this.deleted += 1
    this.held.delete(key)
  }
}

it('counts a million random calls exactly, in two namespaces', { timeout: 300_000 }, () => {
  const { random } = seeded(SEED)
  const below = (limit: number): number => Math.floor(random() * limit)
  const clock = manualClock()
  const layer = stats({ level: 'full', hotKeys: 5_000, random })
  const cache = createCache<string>({
    store: memory<string>({ clock }),
    weigh: (value) => value.length,
    use: [layer],
    clock,
    ttlMs: 100,
    freshMs: 50,
  })
  const views = ['one', 'two'].map((name) => ({ name, view: cache.namespace(name) }))
  const count = new Count()
  for (let done = 0; done < OPERATIONS; done += 1) {
    const { name, view } = views[below(2)] ?? views[0] ?? raise()
    const now = clock.now()
    const short = `${below(1_000)}`
    const key = `${name}\u241f${short}`
    const value = 'x'.repeat(below(50))
    const { sync } = view
    switch (below(11)) {
      case 0:
        clock.advance(below(3))
        break
      case 1:
        sync.set(short, value)
        count.put(key, value.length, now)
        count.writes += 1
        break
      case 2: {
        const isFree = count.live(key, now) === undefined
        sync.add(short, value)
        if (isFree) count.put(key, value.length, now)
        count[isFree ? 'writes' : 'refused'] += 1
        break
      }
      case 3:
        sync.delete(short)
        count.remove(key, now)
        break
      case 4:
        sync.take(short)
        if (count.look(key, now) !== undefined) count.remove(key, now)
        break
      case 5:
        sync.has(short)
        count.look(key, now, false)
        break
      case 6: {
        const others = [short, `${below(1_000)}`, short]
        sync.getMany(others)
        for (const other of others) count.look(`${name}\u241f${other}`, now)
        break
      }
      case 7: {
        const fails = below(4) === 0
        const load = (): string => (fails ? raise() : value)
        try {
          sync.getOrSet(short, load)
        } catch {
          count.failed += 1
        }
        if (count.look(key, now) === undefined && !fails) {
          count.put(key, value.length, now)
          count.stored += 1
        }
        break
      }
      case 8: {
        const next = 'y'.repeat(below(50))
        sync.update(short, () => next)
        count.look(key, now)
        count.held.set(key, {
          ...(count.live(key, now) ?? { staleAt: now + 50, expiresAt: now + 100 }),
          size: next.length,
        })
        count.bytesWritten += next.length
        count.writes += 1
        break
      }
      case 9:
        if (below(1_000) > 0) break
        sync.clear()
        for (const other of [...count.held.keys()]) if (other.startsWith(`${name}\u241f`)) count.held.delete(other)
        count.clears += 1
        break
      default:
        sync.get(short)
        count.look(key, now)
    }
  }
  const seen = layer.snapshot()
  expect(
    {
      hits: seen.hits,
      stale: seen.stale,
      misses: seen.misses,
      bytesRead: seen.bytesRead,
      bytesWritten: seen.bytesWritten,
      writes: seen.writes,
      refused: seen.refused,
      deleted: seen.removals.deleted,
      stored: seen.loads.stored,
      failed: seen.loads.failed,
      clears: seen.clears,
    },
    `seed ${SEED}`,
  ).toEqual({
    hits: count.hits,
    stale: count.stale,
    misses: count.misses,
    bytesRead: count.bytesRead,
    bytesWritten: count.bytesWritten,
    writes: count.writes,
    refused: count.refused,
    deleted: count.deleted,
    stored: count.stored,
    failed: count.failed,
    clears: count.clears,
  })
  expect(seen.hitRatio).toBe((count.hits + count.stale) / (count.hits + count.stale + count.misses))
  expect(seen.failures).toEqual({})
  expect(seen.hotKeys.total).toBe(count.hits + count.stale + count.misses)
  expect(new Map(seen.hotKeys.keys.map((one) => [one.key, one.count]))).toEqual(count.asked)
  expect(seen.hotKeys.keys.every(({ error }) => error === 0)).toBe(true)
})

function raise(): never {
  throw new Error('the source is down')
}
