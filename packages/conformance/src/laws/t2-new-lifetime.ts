import fc from 'fast-check'
import { anyLifetime } from '../arbitraries.js'
import { type Check, checksOf } from '../check.js'
import { always, expectNothing, expectWrite, readOne, writeOne } from '../expect.js'

const lifetimes = fc.oneof({ arbitrary: anyLifetime(), weight: 4 }, { arbitrary: fc.constant(Infinity), weight: 1 })

export const T2: readonly Check[] = checksOf(
  'T2',
  {
    title: 'an entry written anew lives as long as the new one says',
    applies: always,
    run: (context) =>
      context.property(fc.tuple(lifetimes, lifetimes, fc.boolean()), async ([first, second, removedBetween], trial) => {
        const now = trial.clock.now()
        await writeOne(trial, trial.put('a', { expiresAt: now + first }))
        if (removedBetween) await writeOne(trial, trial.remove('a'))
        const again = trial.put('a', { expiresAt: now + second })
        await writeOne(trial, again)
        if (second === Infinity) {
          trial.clock.advance(first === Infinity ? 1 : first)
          return expectWrite(await readOne(trial, 'a'), again, "key 'a', written anew for ever,")
        }
        trial.clock.advance(second - 1)
        expectWrite(await readOne(trial, 'a'), again, "key 'a' 1 ms before its new expiresAt")
        trial.clock.advance(1)
        expectNothing(await readOne(trial, 'a'), "key 'a' at its new expiresAt")
      }),
  },
  {
    title: 'an expired entry written anew is there again',
    applies: always,
    run: (context) =>
      context.property(
        fc.tuple(anyLifetime(), anyLifetime(), fc.boolean()),
        async ([first, second, isRead], trial) => {
          await writeOne(trial, trial.put('a', { expiresAt: trial.clock.now() + first }))
          trial.clock.advance(first)
          if (isRead) await readOne(trial, 'a')
          const again = trial.put('a', { expiresAt: trial.clock.now() + second })
          await writeOne(trial, again)
          expectWrite(await readOne(trial, 'a'), again, "key 'a', written anew after it expired,")
          trial.clock.advance(second)
          expectNothing(await readOne(trial, 'a'), "key 'a' at its new expiresAt")
        },
        { share: 0.5 },
      ),
  },
)
