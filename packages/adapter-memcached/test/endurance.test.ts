import { test } from 'vitest'
import { endureAll, PLACES } from './endurance.js'

/** Each trouble once; a soak has them at length. */
test.each(PLACES)('with many callers, in %s', (_, open) => endureAll(open, 400), 120_000)
