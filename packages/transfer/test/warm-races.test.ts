import { memory } from '@cachette/adapter-memory'
import { type Clock, createCache, manualClock, type Store } from '@cachette/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { warm } from '../src/index.js'
import { changed } from './support.js'

const settled = (): Promise<void> => new Promise((done) => setImmediate(done))

describe('between processes', () => {
  /** Two caches that have nothing in common but what is stored. */
  const two = () => {
    const clock = manualClock()
    const stored = memory<string>({ clock })
    const open = () => {
      const store = changed(stored, {
        traits: { ...stored.traits, shared: true, conditional: 'shared', lives: 'server' },
        close: () => undefined,
      })
      return createCache<string>({ store, clock })
    }
    return { clock, own: open(), other: open() }
  }

  it('what another loads meanwhile stays', async () => {
    const { clock, own, other } = two()
    const loading: ((value: string) => void)[] = []
    const loaded = other.getOrSet('a', () => new Promise<string>((resolve) => loading.push(resolve)))
    await settled()
    const warming = warm(own, [['a', 'older']])
    await settled()
    for (const give of loading) give('newer')
    expect(await loaded).toBe('newer')
    for (let turn = 0; turn < 20; turn += 1) {
      clock.runNext()
      await settled()
    }
    expect((await warming).counts).toMatchObject({ present: 1, stored: 0 })
    expect(await own.get('a')).toBe('newer')
    await own.close()
    await other.close()
  })

  it('what another removes while it is loaded stays so', async () => {
    const { own, other } = two()
    const load = async (key: string): Promise<string> => {
      await other.delete(key)
      return 'older'
    }
    expect((await warm(own, { keys: ['a'], load })).counts).toMatchObject({ discarded: 1, stored: 0 })
    expect(await other.get('a')).toBeUndefined()
    await own.close()
    await other.close()
  })
})

/** A store that answers some turns after it was asked, and has done by half of them what it was asked for. */
function delayed(ticks: number, clock: Clock): Store<string> {
  const store = memory<string>({ clock })
  const pass = async (): Promise<void> => {
    for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve()
  }
  const later = async <T>(run: () => T): Promise<Awaited<T>> => {
    await pass()
    const answer = await run()
    await pass()
    return answer
  }
  return changed(store, {
    traits: { ...store.traits, sync: 'none' },
    read: (keys, call) => later(() => store.read(keys, call)),
    write: (changes, call) => later(() => store.write(changes, call)),
    clear: (prefix, call) => later(() => store.clear(prefix, call)),
  })
}

it('whatever is changed meanwhile, nothing older is ever there', async () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd')
  const change = fc.oneof(
    fc.record({ verb: fc.constant('set' as const), key }),
    fc.record({ verb: fc.constant('delete' as const), key }),
    fc.record({ verb: fc.constant('clear' as const), key }),
    fc.record({ verb: fc.constant('pass' as const), key }),
  )
  const step = fc.record({ key, change, ticks: fc.nat({ max: 4 }) })
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 12 }),
      fc.integer({ min: 1, max: 4 }),
      fc.nat({ max: 5 }),
      async (steps, concurrency, late) => {
        const clock = manualClock()
        const cache = createCache<string>({
          store: late === 0 ? memory<string>({ clock }) : delayed(late, clock),
          clock,
        })
        const expected = new Map<string, string | undefined>()
        const making: Promise<unknown>[] = []
        const source = async function* () {
          for (const [index, { key, change, ticks }] of steps.entries()) {
            if (change.verb === 'set') {
              making.push(cache.set(change.key, `set ${index}`))
              expected.set(change.key, `set ${index}`)
            } else if (change.verb === 'delete') {
              making.push(cache.delete(change.key))
              expected.set(change.key, undefined)
            } else if (change.verb === 'clear') {
              making.push(cache.clear())
              for (const each of ['a', 'b', 'c', 'd']) expected.set(each, undefined)
            }
            for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve()
            yield [key, 'warmed'] as const
          }
        }
        const { counts } = await warm(cache, source(), { concurrency })
        await Promise.all(making)
        expect(counts.seen).toBe(steps.length)
        expect(counts.seen).toBe(counts.stored + counts.present + counts.discarded)
        for (const [each, value] of expected) expect([each, await cache.get(each)]).toEqual([each, value])
        await cache.close()
      },
    ),
    { numRuns: 300 },
  )
})
