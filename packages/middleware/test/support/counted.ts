import { memory } from '@cachette/adapter-memory'
import { createCache, manualClock, type Store } from '@cachette/core'
import { type StatsOptions, stats } from '@cachette/middleware/stats'

/** A cache of texts with stats round it, whose every call takes a millisecond. */
export function counted(options: StatsOptions = {}, store?: Store<string>) {
  const clock = manualClock()
  let passed = 0
  const timer = (): number => (passed += 1)
  const layer = stats({ timer, ...options })
  const cache = createCache<string>({
    store: store ?? memory<string>({ clock }),
    weigh: (value) => value.length,
    use: [layer],
    clock,
  })
  return { cache, clock, layer }
}
