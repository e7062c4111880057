import { type Check, checksOf, type Trial } from '../check.js'
import { broken, expectWrite, readOne, scanAll, under, whenItScans, writeAll, writeOne } from '../expect.js'
import { messageOf } from '../failure.js'
import { settled } from '../ready.js'

const KEYS = Array.from({ length: 400 }, (_, index) => `key-${index}`)

/** More than a store has cursors, readers or file handles to lose. */
const LEAVES = 300

export const S3: readonly Check[] = checksOf(
  'S3',
  {
    title: 'what is left ends',
    applies: whenItScans,
    run: (context) =>
      context.example(async (trial) => {
        await fill(trial)
        const pages = trial.raw.scan('', trial.call())[Symbol.asyncIterator]()
        await pages.next()
        await pages.return?.()
        if (pages.return === undefined) return
        const next = await pages.next()
        if (next.done !== true)
          broken('a scan that was left to have ended', `another page, of ${next.value.length} entries`)
      }),
  },
  {
    title: 'scans that were left, before the first page or after it, hold nothing open',
    applies: whenItScans,
    run: (context) =>
      context.example(async (trial) => {
        await fill(trial)
        await trial.quietly(`// ${LEAVES} scans are begun and left`, () => leaveMany(trial))
        const open = (await context.subject.openScans?.(trial.own)) ?? 0
        if (open !== 0) broken('nothing to be held by scans that were left', `${open} still open`)
        const put = trial.put('key-0')
        await writeOne(trial, put)
        expectWrite(await readOne(trial, 'key-0'), put, 'a key that is written after scans were left')
        const all = await trial.quietly("await collect(store.scan('', call()))", () => scanAll(trial))
        if (all.length === 0) broken('a scan to work after others were left', 'nothing')
        await trial.store.clear('', trial.call())
      }),
  },
  {
    title: 'a store with a scan that was left closes',
    applies: whenItScans,
    run: (context) =>
      context.example(async (trial) => {
        await fill(trial)
        const pages = trial.store.scan('', trial.call())[Symbol.asyncIterator]()
        await pages.next()
        await pages.return?.()
        const closing = await settled(() => trial.store.close())
        if ('value' in closing) return
        await trial.restart()
        // Where it does not close without a scan either, that is no matter of scans.
        await under('L1', () => trial.store.close())
        broken('a store with a scan that was left to close', `a failure: ${messageOf(closing.error)}`)
      }),
  },
)

function fill(trial: Trial): Promise<unknown> {
  return trial.quietly(`// ${KEYS.length} keys are written`, () =>
    writeAll(
      trial,
      KEYS.map((key) => trial.put(key)),
    ),
  )
}

async function leaveMany(trial: Trial): Promise<void> {
  for (let count = 0; count < LEAVES; count += 1) {
    const pages = trial.store.scan('', trial.call())[Symbol.asyncIterator]()
    if (count % 2 === 0) await pages.next()
    await pages.return?.()
  }
}
