import type { Found } from '@cachette/core'
import { type Check, type CheckContext, checksOf, type Trial } from '../check.js'
import { broken, expectAnswer, expectNothing, expectWrite, hooked, readOne, scanAll, writeOne } from '../expect.js'

const applies = hooked('damage')

export const F5: readonly Check[] = checksOf(
  'F5',
  {
    title: 'a damaged entry is absent to reads and scans',
    applies,
    run: (context) =>
      context.example(async (trial) => {
        await damaged(context, trial)
        for (const want of ['header', 'value'] as const) {
          expectNothing(await readOne(trial, 'a', { want: 'value' }), 'a damaged entry')
          if (context.traits.scan === 'none') continue
          expectNothing((await scanAll(trial, 'a', { want }))[0]?.[1], 'a scan over a damaged entry')
        }
        expectNothing(await readOne(trial, 'a', { show: 'kept' }), "a damaged entry, shown as 'kept',")
      }),
  },
  {
    title: 'a damaged entry that a read has found is absent to conditions and removals',
    applies,
    run: async (context) => {
      if (context.traits.conditional !== 'none') {
        for (const [when, expected] of [
          ['absent', true],
          ['vacant', true],
          ['present', false],
        ] as const) {
          await context.example(async (trial) => {
            await damaged(context, trial)
            await readOne(trial, 'a')
            expectAnswer(
              await writeOne(trial, trial.put('a', { when })),
              expected,
              `a put on '${when}' over a damaged entry`,
            )
          })
        }
      }
      await context.example(async (trial) => {
        await damaged(context, trial)
        await readOne(trial, 'a')
        expectAnswer(await writeOne(trial, trial.remove('a')), false, 'removing a damaged entry')
      })
    },
  },
  {
    title: 'what is written over a damaged entry stays, also when a read found the damage just before',
    applies,
    run: async (context) => {
      for (const isAwaited of [true, false]) {
        await context.example(async (trial) => {
          await damaged(context, trial)
          const read = readOne(trial, 'a')
          if (isAwaited) await read
          const put = trial.put('a')
          const written = writeOne(trial, put)
          await Promise.all([read, written])
          for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
          expectWrite(await readOne(trial, 'a'), put, 'what was written over a damaged entry')
        })
      }
    },
  },
  {
    title:
      'an entry that is damaged anew for each verb is absent to it, and told from one that never was where all is shown',
    applies,
    run: async (context) => {
      for (const show of ['live', 'kept', 'all'] as const) {
        await context.example(async (trial) => {
          await damaged(context, trial)
          expectShown(await readOne(trial, 'a', { show }), show, 'a read of a damaged entry')
        })
        if (context.traits.scan === 'none') continue
        await context.example(async (trial) => {
          await damaged(context, trial)
          const beside = trial.put('b')
          await writeOne(trial, beside)
          const page = new Map(await scanAll(trial, '', { show }))
          expectShown(page.get('a'), show, 'a scan over a damaged entry')
          expectWrite(page.get('b'), beside, "key 'b', beside a damaged entry in a scan,")
        })
      }
    },
  },
  {
    title: 'a damaged entry that nobody has read is removed, replaced and cleared like any other',
    applies,
    run: async (context) => {
      await context.example(async (trial) => {
        await damaged(context, trial)
        // Whether it was seen as damaged, a removal cannot tell where it looks at headers alone.
        await writeOne(trial, trial.remove('a'))
        expectNothing(await readOne(trial, 'a', { show: 'all' }), 'a damaged entry that was removed')
      })
      await context.example(async (trial) => {
        await damaged(context, trial)
        const put = trial.put('a')
        expectAnswer(await writeOne(trial, put), true, 'a put over a damaged entry')
        expectWrite(await readOne(trial, 'a'), put, 'what was written over a damaged entry')
      })
      await context.example(async (trial) => {
        await damaged(context, trial)
        await trial.store.clear('', trial.call())
        expectNothing(await readOne(trial, 'a', { show: 'all' }), 'a damaged entry that was cleared')
      })
    },
  },
)

function expectShown(found: Found<unknown> | undefined, show: 'live' | 'kept' | 'all', what: string): void {
  if (show !== 'all') expectNothing(found, `${what}, shown as '${show}',`)
  else if (found?.kind !== 'damaged') {
    broken(`${what}, shown as 'all', to give an entry of kind damaged`, found === undefined ? 'nothing' : found.kind)
  }
}

async function damaged({ subject }: CheckContext, trial: Trial): Promise<void> {
  await writeOne(trial, trial.put('a'))
  trial.note("await subject.damage(raw, 'a')")
  await subject.damage?.(trial.own, 'a')
}
