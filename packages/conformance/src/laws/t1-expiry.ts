import fc from 'fast-check'
import { anyLifetime } from '../arbitraries.js'
import { type Check, checksOf } from '../check.js'
import { always, expectNothing, expectWrite, readOne, scanAll, whenItScans, writeOne } from '../expect.js'

const moment = fc.constantFrom(
  { offset: -1, words: '1 ms before its expiresAt' },
  { offset: 0, words: 'at its expiresAt' },
  { offset: 1, words: '1 ms after its expiresAt' },
  { offset: 1_000, words: '1 s after its expiresAt' },
)

export const T1: readonly Check[] = checksOf(
  'T1',
  {
    title: 'a read gives an entry until its expiresAt, and not from then on',
    applies: always,
    run: (context) =>
      context.property(
        fc.tuple(anyLifetime(), anyLifetime(), moment),
        async ([lifetime, kept, { offset, words }], trial) => {
          const expiresAt = trial.clock.now() + lifetime
          const put = trial.put('a', { expiresAt, keptUntil: expiresAt + kept })
          await writeOne(trial, put)
          trial.clock.advance(lifetime + offset)
          for (const want of ['value', 'header'] as const) {
            const found = await readOne(trial, 'a', { want })
            const what = `key 'a' ${words}`
            if (offset < 0) expectWrite(found, put, what)
            else expectNothing(found, what)
          }
        },
      ),
  },
  {
    title: 'an entry without an end is always there',
    applies: always,
    run: (context) =>
      context.property(anyLifetime(), async (later, trial) => {
        const put = trial.put('a', { expiresAt: Infinity })
        await writeOne(trial, put)
        trial.clock.advance(later)
        expectWrite(await readOne(trial, 'a'), put, "key 'a', whose expiresAt is Infinity,")
      }),
  },
  {
    title: 'a scan gives an entry until its expiresAt, and not from then on',
    applies: whenItScans,
    run: (context) =>
      context.property(
        fc.tuple(anyLifetime(), moment),
        async ([lifetime, { offset, words }], trial) => {
          const put = trial.put('a', { expiresAt: trial.clock.now() + lifetime })
          await writeOne(trial, put)
          trial.clock.advance(lifetime + offset)
          const found = (await scanAll(trial))[0]?.[1]
          if (offset < 0) expectWrite(found, put, `a scan over key 'a' ${words}`)
          else expectNothing(found, `a scan over key 'a' ${words}`)
        },
        { share: 0.3 },
      ),
  },
)
