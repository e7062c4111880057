import { memory } from '@cachette/adapter-memory'
import { type Cache, createCache, type Store } from '@cachette/core'
import { type Tags, tags } from '@cachette/middleware/tags'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { paused } from './paused.js'

interface Modelled {
  readonly value: string
  readonly tags: readonly string[]
  readonly isOutdated: boolean
}

/** What the caches are to look like, and two of them over one store. */
class Trial {
  readonly model = new Map<string, Modelled>()
  readonly #sides: readonly { readonly cache: Cache<string>; readonly tags: Tags }[]

  constructor(store: Store) {
    this.#sides = [0, 1].map(() => {
      const own = tags()
      return { cache: createCache<string>({ store, use: [own] }), tags: own }
    })
  }

  /** One step by one of the caches; what it answers is judged by the model. */
  async take({ verb, key, names, at }: Step, count: number): Promise<void> {
    const { cache, tags: own } = this.#sides[at] ?? never()
    const { model } = this
    const there = model.get(key)
    const value = String(count)
    switch (verb) {
      case 'set':
        model.set(key, { value, tags: names, isOutdated: false })
        return cache.set(key, value, { tags: names })
      case 'add':
        if (there === undefined) model.set(key, { value, tags: names, isOutdated: false })
        expect(await cache.add(key, value, { tags: names })).toBe(there === undefined)
        return
      case 'update':
        model.set(key, { tags: there?.tags ?? [], isOutdated: there?.isOutdated ?? false, value: `${there?.value}!` })
        expect(await cache.update(key, (old) => `${old}!`)).toBe(`${there?.value}!`)
        return
      case 'touch':
        expect(await cache.touch(key)).toBe(there !== undefined)
        return
      case 'delete':
        model.delete(key)
        expect(await cache.delete(key)).toBe(there !== undefined)
        return
      case 'take':
        model.delete(key)
        expect(await cache.take(key)).toBe(there?.value)
        return
      case 'load':
        // What is outdated is served, and refreshed behind that.
        if (there?.isOutdated === true) return
        if (there === undefined) model.set(key, { value, tags: names, isOutdated: false })
        expect(await cache.getOrSet(key, () => value, { tags: names })).toBe(there?.value ?? value)
        return
      case 'soften':
      case 'invalidate':
        for (const [other, entry] of model) {
          if (!entry.tags.some((name) => names.includes(name))) continue
          if (verb === 'invalidate') model.delete(other)
          else model.set(other, { ...entry, isOutdated: true })
        }
        return own.invalidate(names, { soft: verb === 'soften' })
      case 'clear':
        model.clear()
        return cache.clear()
    }
  }

  async check(): Promise<void> {
    for (const { cache } of this.#sides) {
      for (const key of KEYS) {
        const there = this.model.get(key)
        expect(await cache.has(key)).toBe(there !== undefined)
        const seen = await cache.lookup(key)
        if (there === undefined) expect(seen.outcome).toBe('miss')
        else {
          const { value, tags: names, isOutdated } = there
          expect(seen).toMatchObject({ outcome: isOutdated ? 'stale' : 'hit', value, tags: [...new Set(names)] })
        }
      }
      const keys: string[] = []
      for await (const key of cache.keys()) keys.push(key)
      expect(keys.sort()).toEqual([...this.model.keys()].sort())
    }
  }
}

const KEYS = ['a', 'b', 'c'] as const
const VERBS = ['set', 'add', 'update', 'touch', 'delete', 'take', 'load', 'soften', 'invalidate', 'clear'] as const

interface Step {
  readonly verb: (typeof VERBS)[number]
  readonly key: string
  readonly names: readonly string[]
  readonly at: number
}

const steps = fc.array(
  fc.record({
    verb: fc.constantFrom(...VERBS, 'set', 'set'),
    key: fc.constantFrom(...KEYS),
    names: fc.uniqueArray(fc.constantFrom('one', 'two', 'three'), { maxLength: 3 }),
    at: fc.nat(1),
  }),
  { maxLength: 25 },
)

const later = { pass: () => Promise.resolve() }

const stores: Readonly<Record<string, () => Store>> = {
  'that answers at once': () => memory({ copies: true }),
  'that several processes share': () =>
    paused(memory({ copies: true }), later, { shared: true, conditional: 'shared', evicts: 'any' }),
}

for (const [world, make] of Object.entries(stores)) {
  test(`Two caches see what the model says, over a store ${world}`, async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const trial = new Trial(make())
        for (const [count, step] of all.entries()) {
          await trial.take(step, count)
          // A load is done when its value is there; its write follows.
          for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate)
          await trial.check()
        }
      }),
      { numRuns: 60 },
    )
  })
}

function never(): never {
  throw new Error('there are two sides')
}
