/** Fills two caches with far more than the heap holds, with a budget or without; one of them is read all along. */

import { memory } from '@cachette/adapter-memory'
import { createCache } from '@cachette/core'
import { eviction } from '../../src/eviction.js'
import { memoryBudget } from '../../src/memory-budget.js'

const ROUNDS = 150_000
const HOT_KEYS = 5_000
const NUMBERS = 128

const value = (seed: number): readonly number[] => new Array<number>(NUMBERS).fill(seed + 0.5)

const bounds = [eviction({ maxEntries: 10_000_000 }), eviction({ maxEntries: 10_000_000 })] as const
const [hot, cold] = bounds.map((bound) => createCache<readonly number[]>({ store: memory(), use: [bound] }))
const budget = memoryBudget()
if (process.argv[2] === 'with') for (const bound of bounds) budget.add(bound)

let wrong = 0
for (let round = 0; round < ROUNDS; round += 1) {
  const key = String(round % HOT_KEYS)
  const found = await hot?.get(key)
  if (found === undefined) await hot?.set(key, value(round % HOT_KEYS))
  else if (found[0] !== (round % HOT_KEYS) + 0.5) wrong += 1
  await cold?.set(`cold ${round}`, value(round))
  await cold?.set(`colder ${round}`, value(round))
}
const hotShare = bounds[0].entries / HOT_KEYS
const coldShare = bounds[1].entries / (2 * ROUNDS)
console.log(JSON.stringify({ wrong, hotShare, coldShare }))
