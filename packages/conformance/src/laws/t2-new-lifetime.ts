import fc from 'fast-check'
import { anyLifetime } from '../arbitraries.js'
import { type Check, checksOf } from '../check.js'
import { always, broken, difference, expectNothing, expectWrite, readOne, under, writeOne } from '../expect.js'
import { looksLikeNothing } from '../values.js'

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
  {
    title: 'the very same value written anew is a new entry, with all that belongs to it',
    applies: always,
    run: (context) =>
      context.property(
        fc.tuple(
          context.values.arbitrary.filter((value) => !looksLikeNothing(value)),
          anyLifetime(),
          lifetimes,
          fc.boolean(),
        ),
        async ([value, first, second, isRead], trial) => {
          const now = trial.clock.now()
          await under('V1', () => writeOne(trial, trial.put('a', { value, expiresAt: now + first })))
          if (isRead) await readOne(trial, 'a')
          const expiresAt = now + second
          const tags = [{ name: 'tag', marker: 'marker' }]
          const again = trial.put('a', { value, expiresAt, keptUntil: expiresAt + 1, tags, marks: { mark: 1 } })
          await writeOne(trial, again)
          const found = await readOne(trial, 'a', { show: 'all' })
          expectWrite(found, again, "key 'a', whose value was written again,")
          if (found === undefined || again.entry === undefined) return
          const different = difference(found, again.entry, context.values)
          if (different === undefined || different.name === 'value') return
          broken(`the ${different.name} to be ${different.expected}, as it was written last`, different.got)
        },
        { share: 0.3 },
      ),
  },
)
