/** Figures from samples. Medians and quartiles, since the samples of a shared machine have long tails. */

/** Linear between the two nearest samples. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5)
}

/** The interquartile range as a share of the median. */
export function spread(samples: readonly number[]): number {
  const middle = median(samples)
  return middle === 0 ? 0 : (quantile(samples, 0.75) - quantile(samples, 0.25)) / middle
}

/**
 * The median of the ratios of each round. What slows a whole round down slows both sides of its ratio, so this is
 * steadier than the ratio of the medians.
 */
export function ratio(samples: readonly number[], against: readonly number[]): number {
  const rounds = Math.min(samples.length, against.length)
  const ratios: number[] = []
  for (let round = 0; round < rounds; round++) ratios.push((samples[round] ?? 0) / (against[round] ?? Number.NaN))
  return median(ratios)
}
