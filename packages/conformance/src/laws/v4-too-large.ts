import { type Check, checksOf, type Facts } from '../check.js'
import { broken, expectCode, expectWrite, readOne, writeOne } from '../expect.js'
import { brief, pattern } from '../format.js'

/** Larger limits are believed: trying them would take the machine's memory. */
const LARGEST_TRIED = 64 * 1024 * 1024

const applies = ({ traits, subject }: Facts): true | string => {
  if (traits.maxValueBytes === Infinity) return 'it declares no limit'
  if (traits.values !== 'bytes' || subject.values !== undefined) return 'its values are not bytes'
  return traits.maxValueBytes <= LARGEST_TRIED || 'its limit is larger than the kit tries'
}

export const V4: readonly Check[] = checksOf(
  'V4',
  {
    title: 'a value of one byte more than the limit is refused, and what was there stays',
    applies,
    run: (context) =>
      context.example(async (trial) => {
        const size = context.traits.maxValueBytes + 1
        const before = trial.put('a')
        await writeOne(trial, before)
        const large = trial.put('a', { value: pattern(size) })
        await expectCode('TOO_LARGE', `a value of ${size} bytes`, () => writeOne(trial, large))
        expectWrite(await readOne(trial, 'a'), before, "key 'a'")
      }),
  },
  {
    title: 'a value as large as the limit is kept',
    applies,
    run: (context) =>
      context.example(async (trial) => {
        const value = pattern(context.traits.maxValueBytes)
        const put = trial.put('a', { value })
        await writeOne(trial, put)
        const found = await readOne(trial, 'a')
        expectWrite(found, put, "key 'a'")
        if (!context.values.equal(found?.value, value)) broken('the value as it was', brief(found?.value))
      }),
  },
)
