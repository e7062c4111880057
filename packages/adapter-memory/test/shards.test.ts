import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PARTS, Shards, SPLIT_AT } from '../src/shards.js'

const few = fc.constantFrom(...'abcdefghijkl', 'ab', 'abc', 'aé', 'a\u0000')
const key = fc.oneof({ weight: 9, arbitrary: few }, fc.string({ minLength: 1, maxLength: 40, unit: 'binary' }))

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('set' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('renew' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('walk' as const), prefix: fc.constantFrom('', 'a', 'ab') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('next' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), which: fc.nat() }) },
)

/** A walk beside what it must show: the keys that have been there all the time. */
class Walk {
  readonly prefix: string
  readonly throughout: Set<string>
  readonly seen = new Set<string>()
  readonly #pages: ReturnType<Shards<number>['pages']>

  constructor(shards: Shards<number>, model: ReadonlyMap<string, number>, prefix: string) {
    this.prefix = prefix
    this.throughout = new Set([...model.keys()].filter((key) => key.startsWith(prefix)))
    this.#pages = shards.pages(prefix, 1)
  }

  /** False at its end. */
  next(model: ReadonlyMap<string, number>): boolean {
    const { done, value: page } = this.#pages.next()
    for (const [key, value] of page ?? []) {
      expect(key.startsWith(this.prefix)).toBe(true)
      expect(value, 'as it is now').toBe(model.get(key))
      expect(this.seen.has(key), 'none twice').toBe(false)
      this.seen.add(key)
    }
    return done !== true
  }

  leave(): void {
    this.#pages.return()
  }
}

describe('shards', () => {
  test('hold what one map holds, and show it to every walk, whatever is done meanwhile', () => {
    const splitAt = fc.constantFrom(1, 4, 8, SPLIT_AT)
    fc.assert(
      fc.property(splitAt, fc.array(step, { maxLength: 100, size: 'max' }), (splitAt, steps) => {
        const shards = new Shards<number>(splitAt)
        const model = new Map<string, number>()
        const walks: Walk[] = []
        const put = (key: string, value: number) => {
          shards.set(key, value)
          model.set(key, value)
        }
        const remove = (key: string) => {
          shards.delete(key)
          model.delete(key)
          for (const walk of walks) walk.throughout.delete(key)
        }
        for (const [time, action] of steps.entries()) {
          if (action.do === 'set') put(action.key, time)
          else if (action.do === 'delete') remove(action.key)
          else if (action.do === 'walk') walks.push(new Walk(shards, model, action.prefix))
          else if (action.do === 'renew') {
            const key = [...model.keys()][action.which % Math.max(model.size, 1)]
            if (key === undefined) continue
            remove(key)
            put(key, time)
          } else {
            const [walk] = walks.splice(action.which % Math.max(walks.length, 1), 1)
            if (action.do === 'leave') walk?.leave()
            else if (walk?.next(model)) walks.push(walk)
          }
          for (const [key, value] of model) expect(shards.get(key)).toBe(value)
        }
        for (const walk of walks) {
          while (walk.next(model));
          expect([...walk.throughout].filter((key) => !walk.seen.has(key))).toEqual([])
        }
        for (const key of [...model.keys()]) remove(key)
        for (const action of steps) {
          if (action.do === 'set') expect(shards.crowd(action.key), 'nothing left, no mark either').toBe(0)
        }
      }),
      { numRuns: 250 },
    )
  })

  test('stay one map, in the order of their keys, until they are many', () => {
    const keys = Array.from({ length: SPLIT_AT }, (_, index) => `user:${index}`)
    const shards = new Shards<number>()
    for (const key of keys.slice(1)) shards.set(key, 1)
    expect(shards.crowd('any')).toBe(SPLIT_AT - 1)
    expect([...shards.pages('', 1000)].flat().map(([key]) => key)).toEqual(keys.slice(1))
    shards.set('last', 1)
    expect(shards.crowd('any')).toBeLessThan((2 * SPLIT_AT) / PARTS)
  })

  const kinds: readonly (readonly [name: string, key: (index: number) => string])[] = [
    ['numbers', (index) => `${index}`],
    ['equal prefixes', (index) => `user:${index}`],
    ['padded', (index) => `order:${String(index).padStart(12, '0')}`],
    ['equal suffixes', (index) => `${index}:permissions:effective`],
    ['both', (index) => `app:v1:user:${index}:settings:theme`],
    ['steps', (index) => `item:${index * 1000}`],
    ['times', (index) => new Date(1_700_000_000_000 + index * 60_000).toISOString()],
    ['addresses', (index) => `https://shop.example.com/products/${index}/reviews?sort=newest`],
    ['hashes', (index) => Math.imul(index, 0x85ebca6b).toString(16).padStart(36, '0123456789abcdef-')],
  ]

  test.each(kinds)('spread keys so that no map gets many of them: %s', (_name, key) => {
    const shards = new Shards<number>()
    const keys = Array.from({ length: 2 * SPLIT_AT }, (_, index) => key(index))
    for (const key of keys) shards.set(key, 1)
    const fullest = keys.reduce((most, key) => Math.max(most, shards.crowd(key)), 0)
    expect(fullest).toBeLessThan(keys.length / 6)
  })
})
