import { describe, expect, it } from 'vitest'
import { random, workload, zipf } from '../src/harness/keys.js'

describe('random', () => {
  it('gives the same numbers for the same seed, and others for another', () => {
    const draw = (seed: number) => Array.from({ length: 5 }, random(seed))
    expect(draw(7)).toEqual(draw(7))
    expect(draw(7)).not.toEqual(draw(8))
  })

  it('spreads evenly from 0 up to 1', () => {
    const next = random(1)
    const tenths = new Array<number>(10).fill(0)
    for (let count = 0; count < 100_000; count++) {
      const tenth = Math.floor(next() * 10)
      tenths[tenth] = (tenths[tenth] ?? Number.NaN) + 1
    }
    for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(500)
  })
})

describe('zipf', () => {
  it('draws rank r as often as its weight says', () => {
    const draw = zipf(100, 1, random(2))
    const counts = new Array<number>(100).fill(0)
    for (let count = 0; count < 200_000; count++) {
      const rank = draw()
      counts[rank] = (counts[rank] ?? Number.NaN) + 1
    }
    const sum = counts.reduce((total, _, rank) => total + 1 / (rank + 1), 0)
    for (const rank of [0, 1, 9, 99]) {
      const wanted = 200_000 / (rank + 1) / sum
      expect(Math.abs((counts[rank] ?? 0) / wanted - 1), `rank ${rank}`).toBeLessThan(0.1)
    }
  })

  it('is even where there is no skew', () => {
    const draw = zipf(4, 0, random(3))
    const drawn = Array.from({ length: 4_000 }, draw)
    for (const rank of [0, 1, 2, 3]) expect(drawn.filter((one) => one === rank).length).toBeGreaterThan(850)
  })
})

describe('workload', () => {
  const made = workload({ seed: 4, keys: 500, draws: 2_000, skew: 0.99 })

  it('is the same for the same seed', () => {
    expect(workload({ seed: 4, keys: 500, draws: 2_000, skew: 0.99 })).toEqual(made)
    expect(workload({ seed: 5, keys: 500, draws: 2_000, skew: 0.99 }).asked).not.toEqual(made.asked)
  })

  it('has distinct keys, and a value of about 200 bytes for each', () => {
    expect(new Set(made.keys).size).toBe(500)
    for (const value of made.values) {
      const bytes = JSON.stringify(value).length
      expect(bytes).toBeGreaterThan(180)
      expect(bytes).toBeLessThan(230)
    }
  })

  it('asks only for keys that are put, and gives each its own value', () => {
    const expected = new Map(made.keys.map((key, index) => [key, made.values[index]]))
    for (const [index, key] of made.asked.entries()) expect(made.given[index]).toBe(expected.get(key))
  })

  it('asks for few keys often and for many rarely', () => {
    const counts = new Map<string, number>()
    for (const key of made.asked) counts.set(key, (counts.get(key) ?? 0) + 1)
    const sorted = [...counts.values()].sort((a, b) => b - a)
    const topTenth = sorted.slice(0, 50).reduce((sum, count) => sum + count, 0)
    expect(topTenth / made.asked.length).toBeGreaterThan(0.5)
  })
})
