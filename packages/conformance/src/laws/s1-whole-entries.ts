import type { Change, Found } from '@cachette/core'
import { type Check, type CheckContext, checksOf, type Trial } from '../check.js'
import { broken, difference, scanAll, under, whenItScans, writeAll } from '../expect.js'
import { brief } from '../format.js'

/** More than come in a first page, and enough for several. */
const COUNT = 120

/** `put` below, as code. */
const PUTS = `for (let i = 0; i < ${COUNT}; i++) await store.write([put(\`key-\${i}\`, { expiresAt: t + 60_000 + i, keptUntil: t + 60_000 + 2 * i, tags: [{ name: \`tag-\${i}\` }, { name: 'all', marker: \`\${i}\` }], marks: { number: i, text: \`\${i}\` } })], call())`

export const S1_WHOLE_ENTRIES: readonly Check[] = checksOf('S1', {
  title: 'a scan of many gives each key with its own entry, whole; where headers are wanted, with its header',
  applies: whenItScans,
  run: async (context) => {
    for (const want of ['value', 'header'] as const) {
      await context.example(async (trial) => {
        const puts = Array.from({ length: COUNT }, (_, index) => put(trial, index))
        await under('P1', () => trial.quietly(PUTS, () => writeAll(trial, puts)))
        const page = await trial.quietly(`await collect(store.scan('', call({ want: '${want}' })))`, () =>
          scanAll(trial, '', { want }),
        )
        for (const [key, found] of page) expectOwn(context, puts, key, found, want)
      })
    }
  },
})

function put(trial: Trial, index: number): Change<unknown> {
  const expiresAt = trial.clock.now() + 60_000 + index
  return trial.put(`key-${index}`, {
    expiresAt,
    keptUntil: expiresAt + index,
    tags: [{ name: `tag-${index}` }, { name: 'all', marker: `${index}` }],
    marks: { number: index, text: `${index}` },
  })
}

/** A value that was not asked for may be there, but then it is the right one. */
function expectOwn(
  { values }: CheckContext,
  puts: readonly Change<unknown>[],
  key: string,
  found: Found<unknown>,
  want: 'value' | 'header',
): void {
  const written = puts.find((one) => one.key === key)?.entry
  if (written === undefined) return
  const whole = want === 'header' && found.value === undefined ? { ...found, value: written.value } : found
  const different = difference(whole, written, values)
  if (different === undefined) return
  broken(`the scanned entry of key ${brief(key)} to have the ${different.name} ${different.expected}`, different.got)
}
