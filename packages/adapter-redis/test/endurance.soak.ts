import { test } from 'vitest'
import { endureAll, PLACES, PLACES_OF_CLIENTS } from './endurance.js'

/** How many troubles there are in all places. */
const TROUBLES = 34

const forMs = (Number(process.env['CACHETTE_SOAK_SECONDS']) * 1_000) / TROUBLES

test.each([...PLACES, ...PLACES_OF_CLIENTS])('with many callers for long, in %s', (_, open) =>
  endureAll(open, { forMs }),
)
