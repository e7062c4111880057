import { relatedKeys, withPrefix } from '../arbitraries.js'
import { type Check, checksOf, type Facts, type Trial } from '../check.js'
import { broken, putAll, scanAll } from '../expect.js'
import { brief } from '../format.js'
import { isFair, sweep } from '../sweep.js'

const utf8 = new TextEncoder()

const applies = ({ traits }: Facts): true | string =>
  traits.scan === 'ordered' || 'its scans are not declared to be ordered'

export const S4: readonly Check[] = checksOf(
  'S4',
  {
    title: 'the keys of a scan are in the order of their bytes',
    applies,
    run: async (context) => {
      await sweep(context, () => [''], isInOrder)
      await context.property(
        withPrefix(relatedKeys(2, 10)),
        async ({ keys, prefix }, trial) => {
          if (isFair(context, keys)) await isInOrder(trial, keys, prefix)
        },
        { share: 0.5 },
      )
    },
  },
  {
    title: 'the order goes on from page to page',
    applies,
    run: (context) =>
      context.example(async (trial) => {
        const keys = Array.from({ length: 1_500 }, (_, index) => `${(index * 7_919) % 1_500}`)
        await trial.quietly('// 1,500 keys are written in no order', () => putAll(trial, keys))
        expectOrder(
          (await trial.quietly("await collect(store.scan('', call()))", () => scanAll(trial))).map(([key]) => key),
        )
      }),
  },
)

async function isInOrder(trial: Trial, keys: readonly string[], prefix: string): Promise<void> {
  await putAll(trial, keys)
  expectOrder((await scanAll(trial, prefix)).map(([key]) => key))
}

function expectOrder(keys: readonly string[]): void {
  for (const [index, key] of keys.entries()) {
    const before = keys[index - 1]
    if (before === undefined || compareBytes(before, key) < 0) continue
    broken(`key ${brief(key)} to come before ${brief(before)}`, 'the other order')
  }
}

function compareBytes(a: string, b: string): number {
  const [left, right] = [utf8.encode(a), utf8.encode(b)]
  for (const [index, byte] of left.entries()) {
    const other = right[index]
    if (other === undefined) return 1
    if (byte !== other) return byte - other
  }
  return left.length - right.length
}
