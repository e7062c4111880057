import { test } from 'vitest'
import { endureAll, PLACES } from './endurance.js'

/** Each trouble once, for a little while; a soak has them at length. */
test.each(PLACES)('with many callers, in %s', (_, open) => endureAll(open, { forMs: 500, deadlineMs: 700 }), 180_000)
