import { manualClock } from '@cachette/core'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { MemoryStore } from '../src/adapter.js'
import { SPLIT_AT } from '../src/shards.js'
import { using } from './support.js'

/** Counts what V8 does in a `Map`: room that doubles when it is full, and is halved when a quarter of it is enough. */
class CountingMap<K, V> extends Map<K, V> {
  static removed = 0
  static moved = 0
  #room = 4
  #used = 0

  override set(key: K, value: V): this {
    if (!this.has(key)) {
      if (this.#used >= this.#room) this.#move(this.#used - this.size >= this.#room / 2 ? this.#room : this.#room * 2)
      this.#used += 1
    }
    return super.set(key, value)
  }

  override delete(key: K): boolean {
    const removed = super.delete(key)
    if (removed) CountingMap.removed += 1
    if (removed && this.size < this.#room / 4) this.#move(this.#room / 2)
    return removed
  }

  #move(room: number): void {
    CountingMap.moved += this.size
    this.#room = room
    this.#used = this.size
  }
}

/** What one step removed and moved. */
function counted(step: () => unknown): { readonly removed: number; readonly moved: number } {
  CountingMap.removed = 0
  CountingMap.moved = 0
  step()
  return { removed: CountingMap.removed, moved: CountingMap.moved }
}

const COUNT = 200_000

/** Numbers in a row fill all maps alike, so that these shrink in the same moment. */
const kinds: readonly (readonly [name: string, key: (index: number) => string])[] = [
  ['in step', (index) => `user:${index}`],
  ['with equal ends', (index) => `user:${index}:profile`],
]

describe('many that end in the same instant', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
  })

  test('one map alone would move most of them in one step', () => {
    const alone = new CountingMap<number, number>()
    for (let index = 0; index < COUNT; index += 1) alone.set(index, index)
    let most = 0
    for (let index = 0; index < COUNT; index += 1) most = Math.max(most, counted(() => alone.delete(index)).moved)
    expect(most).toBeGreaterThan(50_000)
  })

  test.each(kinds)('hold neither a write nor a run of the timer for long: keys %s', (_name, key) => {
    vi.stubGlobal('Map', CountingMap)
    const clock = manualClock()
    const store = new MemoryStore<number>(clock)
    const { put, call } = using(store, clock)
    const writes = Array.from({ length: COUNT }, (_, index) => {
      const change = put(key(index), index, { ttlMs: 1000 })
      return counted(() => store.write([change], call())).moved
    })
    const [split = 0, ...growths] = writes.sort((a, b) => b - a)
    expect(split).toBeLessThanOrEqual(2 * SPLIT_AT)
    expect(growths[0]).toBeLessThanOrEqual(SPLIT_AT / 2)

    const runs: ReturnType<typeof counted>[] = []
    while (clock.pending > 0) runs.push(counted(() => clock.runNext()))
    expect(runs.reduce((sum, { removed }) => sum + removed, 0)).toBe(COUNT)
    expect(Math.max(...runs.map(({ removed }) => removed))).toBeLessThanOrEqual(1000)
    expect(Math.max(...runs.map(({ moved }) => moved))).toBeLessThanOrEqual(5000)
    expect(runs.length).toBeLessThan(1.5 * (COUNT / 1000))
  })
})
