import { memory } from '@cachette/adapter-memory'
import { type Bytes, type Cache, createCache, type Store, type Traits } from '@cachette/core'
import { type Tags, tags } from '@cachette/middleware/tags'
import { describe, expect, test } from 'vitest'
import { Points, paused } from './paused.js'

/** More points than any load here has; a run that reaches its point no more ends the series. */
const MANY = 100

interface Side {
  readonly cache: Cache<string>
  readonly tags: Tags
}

interface Trial {
  /** Where the load runs. */
  readonly here: Side
  /** Who invalidates. */
  readonly there: Side
  /** Whether an invalidation may be waited for where the load is held up. */
  readonly isApart: boolean
}

function side(store: Store): Side {
  const own = tags()
  return { cache: createCache<string>({ store, use: [own], freshMs: 10, ttlMs: 60_000, graceMs: 60_000 }), tags: own }
}

/** How the two sides share what is stored. */
const worlds: Readonly<Record<string, (points: { pass(): Promise<void> }) => Trial>> = {
  'in one process': (points) => {
    const here = side(paused(memory({ copies: true }), points, {}))
    return { here, there: here, isApart: false }
  },
  'in one process, with two caches': (points) => {
    const store = paused(memory({ copies: true }), points, {})
    return { here: side(store), there: side(store), isApart: false }
  },
  'in two processes, with leases': (points) => apart(points, { shared: true, conditional: 'shared' }),
  'in two processes, with conditions in each alone': (points) => apart(points, { shared: true }),
  'in two processes, without conditions': (points) => apart(points, { shared: true, conditional: 'none' }),
  'in two processes, over what may evict': (points) =>
    apart(points, { shared: true, conditional: 'shared', evicts: 'any' }),
}

function apart(points: { pass(): Promise<void> }, traits: Partial<Traits>): Trial {
  const common: Store<Bytes> = memory({ copies: true })
  const free = { pass: () => Promise.resolve() }
  return { here: side(paused(common, points, traits)), there: side(paused(common, free, traits)), isApart: true }
}

/** What is under the key when the load begins. */
const states: Readonly<Record<string, (trial: Trial) => Promise<void>>> = {
  nothing: async () => undefined,
  'nothing, with a marker': async ({ there }) => there.tags.invalidate(['a']),
  'an entry': async ({ there }) => there.cache.set('key', 'first', { tags: ['a'] }),
  'a stale entry': async ({ there }) => {
    await there.cache.set('key', 'first', { tags: ['a'] })
    if (canSoften(there)) await there.tags.invalidate(['a'], { soft: true })
  },
  'a stale entry whose tags are known': async ({ here, there }) => {
    await there.cache.set('key', 'first', { tags: ['a'] })
    await here.cache.get('key')
    if (canSoften(there)) await there.tags.invalidate(['a'], { soft: true })
  },
  'a hidden entry whose tags are known': async ({ here, there }) => {
    await there.cache.set('key', 'first', { tags: ['a', 'b'] })
    await here.cache.get('key')
    await there.tags.invalidate(['b'])
  },
  'a hidden entry': async ({ there }) => {
    await there.cache.set('key', 'first', { tags: ['a', 'b'] })
    await there.tags.invalidate(['b'])
  },
}

function canSoften({ cache: { traits } }: Side): boolean {
  return traits.conditional === 'shared' || !traits.shared
}

const ways = {
  'with tags known before': { options: { tags: ['a'] }, late: undefined },
  'with tags known after': { options: {}, late: ['a'] },
  'with a tag that depends on it': { options: { tags: ['child'] }, late: undefined },
} as const

for (const [world, open] of Object.entries(worlds)) {
  describe(`A tag invalidated ${world}`, () => {
    for (const [state, enter] of Object.entries(states)) {
      for (const [way, { options, late }] of Object.entries(ways)) {
        for (const soft of [false, true]) {
          test(`${soft ? 'softly ' : ''}at every point of a load over ${state}, ${way}`, async () => {
            let points = 0
            for (let at = 1; at <= MANY; at += 1) {
              points = await tryAt(at)
              if (points < at) break
            }
            expect(points).toBeGreaterThan(3)
            expect(points).toBeLessThan(MANY)
          })

          const tryAt = async (at: number): Promise<number> => {
            const source = { value: 'first' }
            let invalidated: Promise<void> = Promise.resolve()
            let isArmed = false
            const points = new Points(at, async () => {
              source.value = 'second'
              const isSoft = soft && canSoften(trial.there)
              invalidated = trial.there.tags.invalidate(['a'], { soft: isSoft })
              await (trial.isApart ? invalidated : someTurns())
            })
            const trial = open({ pass: async () => (isArmed ? points.pass() : undefined) })
            const { here, there } = trial
            for (const one of [here, there]) one.tags.depends('child', ['a'])
            await enter(trial)
            isArmed = true
            const load = here.cache.getOrSet(
              'key',
              async ({ keep }) => {
                const { value } = source
                await points.pass()
                if (late !== undefined) keep({ tags: late })
                return value
              },
              options,
            )
            const value = await load
            expect(['first', 'second']).toContain(value)
            await settled()
            await invalidated
            isArmed = false
            await settled()
            if (points.passed >= at) {
              for (const one of [here, there]) await expectTold(one.cache, soft && canSoften(there))
              // Nobody is served by anything else than a load of what the source has now.
              if (!soft) expect(await there.cache.getOrSet('key', () => source.value, options)).toBe('second')
            }
            await Promise.all([here.cache.close(), there.cache.close()])
            return points.passed
          }
        }
      }
    }
  })
}

/** What was loaded before the invalidation is nowhere to be seen, or seen to be stale. */
async function expectTold(cache: Cache<string>, soft: boolean): Promise<void> {
  const seen = await cache.lookup('key')
  if (soft) {
    if (seen.outcome === 'hit') expect(seen.value).toBe('second')
    return
  }
  const value = await cache.get('key')
  expect(value).not.toBe('first')
  const isThere = value !== undefined
  expect(await cache.has('key')).toBe(isThere)
  const keys: string[] = []
  for await (const key of cache.keys()) keys.push(key)
  expect(keys).toEqual(isThere ? ['key'] : [])
  if (cache.traits.conditional === 'none') return
  // A condition takes what is hidden for absent; what it lets in is taken out again.
  const added = await cache.add('key', 'added')
  expect(added).toBe(!isThere)
  if (added) expect(await cache.take('key')).toBe('added')
}

/** As long as an invalidation that is not held up takes. */
async function someTurns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** Until nothing that was begun goes on behind its caller. */
const settled = someTurns
