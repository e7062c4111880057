import type { Store } from '@cachette/core'
import { type Check, type CheckContext, checksOf, type Trial } from '../check.js'
import { always, broken, collect, expectCode, expectWrite, readOne, writeOne } from '../expect.js'
import { brokenIn, messageOf } from '../failure.js'
import { settled } from '../ready.js'

export const F4: readonly Check[] = checksOf(
  'F4',
  {
    title: 'a call that is aborted before it begins fails with ABORTED, and changes nothing',
    applies: always,
    run: (context) =>
      context.example(async (trial) => {
        const put = trial.put('a')
        await writeOne(trial, put)
        const signal = AbortSignal.abort()
        trial.note('const signal = AbortSignal.abort()')
        for (const [verb, work] of verbs(context, trial, signal))
          await expectCode('ABORTED', `an aborted ${verb}`, work)
        expectWrite(await readOne(trial, 'a'), put, "key 'a' after calls that were aborted")
      }),
  },
  {
    title: 'a call that is aborted under way settles at once, however long the store takes',
    applies: always,
    run: async (context) => {
      const count = context.traits.scan === 'none' ? 3 : 4
      for (let index = 0; index < count; index += 1) await abortUnderWay(context, index)
    },
  },
  {
    title: 'a reader that is aborted takes no other with it, though both wait for one key',
    applies: always,
    run: async (context) => {
      for (const aborted of [0, 1] as const) await abortOneOfTwo(context, aborted)
    },
  },
)

/** What makes one read of two compares them first. */
const ALIKE = { want: 'value', show: 'live' } as const

async function abortOneOfTwo(context: CheckContext, aborted: 0 | 1): Promise<void> {
  const slow = slowStore()
  const run = async (trial: Trial): Promise<void> => {
    const controller = new AbortController()
    trial.note('// a store that does not answer yet')
    trial.note('const controller = new AbortController()')
    trial.note('const { signal } = controller')
    const { signal } = controller
    const reads = [0, 1].map((reader) =>
      settled(() => trial.store.read(['a'], trial.call({ ...ALIKE, ...(reader === aborted && { signal }) }))),
    )
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
    trial.note('controller.abort()')
    controller.abort()
    slow.letGo()
    const other = await reads[1 - aborted]
    if (other !== undefined && 'error' in other) {
      if (brokenIn(other.error) !== undefined) throw other.error
      broken('a reader that nobody aborted to be answered', `a failure: ${messageOf(other.error)}`)
    }
    await Promise.all(reads)
  }
  await context.example(run, { wrap: slow.wrap })
}

async function abortUnderWay(context: CheckContext, index: number): Promise<void> {
  const slow = slowStore()
  const run = async (trial: Trial): Promise<void> => {
    const controller = new AbortController()
    trial.note('// a store that does not answer yet')
    trial.note('const controller = new AbortController()')
    trial.note('const { signal } = controller')
    const [verb, work] = verbs(context, trial, controller.signal)[index] ?? []
    if (verb === undefined || work === undefined) return
    const outcome = expectCode('ABORTED', `a ${verb} aborted under way`, work)
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
    trial.note('controller.abort()')
    controller.abort()
    try {
      await outcome
    } finally {
      slow.letGo()
    }
  }
  await context.example(run, { wrap: slow.wrap })
}

function verbs({ traits }: CheckContext, trial: Trial, signal: AbortSignal): [string, () => Promise<unknown>][] {
  const { store } = trial
  const all: [string, () => Promise<unknown>][] = [
    ['read', async () => store.read(['a'], trial.call({ signal }))],
    ['write', async () => store.write([trial.put('a')], trial.call({ signal }))],
    ['clear', async () => store.clear('', trial.call({ signal }))],
    ['scan', () => collect(store.scan('', trial.call({ signal })))],
  ]
  return traits.scan === 'none' ? all.slice(0, -1) : all
}

/** Answers nothing until it is let go. */
function slowStore(): { wrap(store: Store<unknown>): Store<unknown>; letGo(): void } {
  let letGo: () => void = () => undefined
  const gate = new Promise<void>((resolve) => {
    letGo = resolve
  })
  return {
    letGo: () => letGo(),
    wrap: (store) => ({
      name: store.name,
      contract: store.contract,
      traits: { ...store.traits, sync: 'none' },
      read: async (keys, call) => {
        await gate
        return store.read(keys, call)
      },
      write: async (changes, call) => {
        await gate
        return store.write(changes, call)
      },
      async *scan(prefix, call) {
        await gate
        yield* store.scan(prefix, call)
      },
      clear: async (prefix, call) => {
        await gate
        return store.clear(prefix, call)
      },
      close: () => store.close(),
      ...(store.streams !== undefined && { streams: store.streams }),
    }),
  }
}
