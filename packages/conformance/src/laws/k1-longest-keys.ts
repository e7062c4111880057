import { MAX_STORE_KEY_BYTES } from '@cachette/core'
import type { Check, Facts } from '../check.js'
import { broken, expectWrite, readOne, scanAll, writeOne } from '../expect.js'
import { brief } from '../format.js'
import { isLayered } from '../layered.js'

const MAX = MAX_STORE_KEY_BYTES

/** The longest that there are, of characters of one to four bytes; the last two differ in their last alone. */
const LONGEST = [
  '\u00e9'.repeat(MAX / 2),
  '\u20ac'.repeat(MAX / 3),
  '\u{1f600}'.repeat(MAX / 4),
  'x'.repeat(MAX),
  `${'x'.repeat(MAX - 1)}y`,
]

/** Layers need some of the length for themselves: what a handle takes is less. */
export const K1_LONGEST: readonly Check[] = [
  {
    law: 'K1',
    title: 'the longest keys that a store takes are kept apart, and come back from scans',
    applies: ({ subject, traits }: Facts): true | string => {
      if (traits.evicts === 'any') return 'it may evict whatever it holds'
      return !isLayered(subject) || 'layers may add to a key'
    },
    run: (context) =>
      context.example(async (trial) => {
        const puts = LONGEST.map((key) => trial.put(key))
        for (const put of puts) await writeOne(trial, put)
        for (const put of puts) expectWrite(await readOne(trial, put.key), put, `key ${brief(put.key)}`)
        if (context.traits.scan === 'none') return
        const given = new Set((await scanAll(trial)).map(([key]) => key))
        const lost = LONGEST.find((key) => !given.has(key))
        if (lost !== undefined) broken(`a scan to give the key ${brief(lost)}`, 'others only')
      }),
  },
]
