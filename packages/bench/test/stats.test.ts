import { describe, expect, it } from 'vitest'
import { median, quantile, ratio, spread } from '../src/harness/stats.js'

describe('stats', () => {
  it('finds the middle of odd and even samples, in any order', () => {
    expect(median([9, 1, 5])).toBe(5)
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(median([7])).toBe(7)
    expect(median([])).toBeNaN()
  })

  it('goes straight from one sample to the next', () => {
    const samples = [10, 20, 30, 40, 50]
    expect(quantile(samples, 0)).toBe(10)
    expect(quantile(samples, 0.25)).toBe(20)
    expect(quantile(samples, 0.9)).toBeCloseTo(46)
    expect(quantile(samples, 1)).toBe(50)
  })

  it('leaves the samples as they were', () => {
    const samples = [3, 1, 2]
    median(samples)
    expect(samples).toEqual([3, 1, 2])
  })

  it('gives the interquartile range as a share of the median, whatever the outliers', () => {
    expect(spread([10, 20, 30, 40, 50])).toBeCloseTo(20 / 30)
    expect(spread([10, 20, 30, 40, 5_000])).toBeCloseTo(20 / 30)
    expect(spread([5, 5, 5])).toBe(0)
    expect(spread([0, 0])).toBe(0)
  })

  it('compares round by round, so that a slow round counts for neither side', () => {
    expect(ratio([20, 20, 2], [10, 10, 1])).toBe(2)
    expect(median([20, 20, 2, 2]) / median([10, 1, 1, 1])).not.toBe(2)
    expect(ratio([20, 40], [10, 10, 10])).toBe(3)
  })
})
