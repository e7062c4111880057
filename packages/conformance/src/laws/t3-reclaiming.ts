import type { Change } from '@cachette/core'
import fc from 'fast-check'
import { type Check, checksOf, type Trial } from '../check.js'
import { always, expectWrite, readOne, whenItScans, writeOne } from '../expect.js'

/** How a store may come to notice that an entry has expired, and begin to reclaim it. */
const NOTICES = ['read', 'read header', 'read kept', 'scan', 'write of another key', 'condition'] as const

type Notice = (typeof NOTICES)[number]

export const T3: readonly Check[] = checksOf(
  'T3',
  {
    title: 'an entry written right after its expired forerunner was noticed stays',
    applies: always,
    run: (context) => {
      const { scan, conditional } = context.traits
      const possible = NOTICES.filter(
        (notice) => (scan !== 'none' || notice !== 'scan') && (conditional !== 'none' || notice !== 'condition'),
      )
      return context.property(
        fc.record({
          notice: fc.constantFrom(...possible),
          isKept: fc.boolean(),
          isAwaited: fc.boolean(),
          laps: fc.nat(3),
        }),
        async ({ notice, isKept, isAwaited, laps }, trial) => {
          await writeOne(trial, expiring(trial, isKept))
          trial.clock.advance(1_000)
          const noticed = makeNotice(trial, notice)
          if (isAwaited) await noticed
          const lap = Promise.resolve()
          for (let count = 0; count < laps; count += 1) await lap
          const put = trial.put('a')
          const written = writeOne(trial, put)
          await Promise.all([noticed, written])
          await settle(trial)
          expectWrite(
            await readOne(trial, 'a'),
            put,
            `key 'a', written anew after a ${notice} came across the expired entry,`,
          )
        },
      )
    },
  },
  {
    title: 'what was set up to end an entry does not end the one that replaced it',
    applies: always,
    run: (context) =>
      context.example(async (trial) => {
        await writeOne(trial, expiring(trial, false))
        const put = trial.put('a')
        await writeOne(trial, put)
        trial.clock.advance(1_000)
        await settle(trial)
        expectWrite(await readOne(trial, 'a'), put, "key 'a' when its forerunner's time has come")
      }),
  },
  {
    title: 'an entry written during a scan over its expired forerunner stays',
    applies: whenItScans,
    run: (context) =>
      context.example(async (trial) => {
        for (const key of ['a', 'b', 'c']) await writeOne(trial, { ...expiring(trial, true), key })
        trial.clock.advance(1_000)
        const puts = ['a', 'b', 'c'].map((key) => trial.put(key))
        const pages = trial.store.scan('', trial.call({ show: 'all' }))[Symbol.asyncIterator]()
        await pages.next()
        for (const put of puts) await writeOne(trial, put)
        while ((await pages.next()).done !== true);
        await settle(trial)
        for (const put of puts)
          expectWrite(await readOne(trial, put.key), put, `key '${put.key}', written anew during a scan,`)
      }),
  },
  {
    title: 'what a scan came across as expired stays where it is written anew before the scan ends',
    applies: (facts) => (facts.traits.evicts === 'any' ? 'it may evict whatever it holds' : whenItScans(facts)),
    run: async (context) => {
      for (const isKept of [true, false]) {
        for (const show of ['live', 'all'] as const) {
          await context.example(async (trial) => {
            // Those that live are given, and so leave time to write between the pages.
            for (const key of DEAD) await writeOne(trial, { ...expiring(trial, isKept), key })
            for (const key of ALIVE) await writeOne(trial, trial.put(key))
            trial.clock.advance(1_000)
            const puts = DEAD.map((key) => trial.put(key))
            let isWritten = false
            for await (const page of trial.store.scan('', trial.call({ show }))) {
              if (isWritten || page.length === 0) continue
              isWritten = true
              for (const put of puts) await writeOne(trial, put)
            }
            await settle(trial)
            for (const put of puts)
              expectWrite(await readOne(trial, put.key), put, `key '${put.key}', written anew before a scan ended,`)
          })
        }
      }
    },
  },
)

const DEAD = ['a', 'c', 'e', 'g', 'i', 'k']
const ALIVE = ['b', 'd', 'f', 'h', 'j', 'l']

function expiring(trial: Trial, isKept: boolean): Change<unknown> {
  const expiresAt = trial.clock.now() + 1_000
  return trial.put('a', { expiresAt, keptUntil: expiresAt + (isKept ? 1_000 : 0) })
}

async function makeNotice(trial: Trial, notice: Notice): Promise<void> {
  const { store } = trial
  switch (notice) {
    case 'read':
      return void (await store.read(['a'], trial.call()))
    case 'read header':
      return void (await store.read(['a'], trial.call({ want: 'header' })))
    case 'read kept':
      return void (await store.read(['a'], trial.call({ show: 'kept' })))
    case 'write of another key':
      return void (await store.write([trial.put('b')], trial.call()))
    case 'condition':
      return void (await store.write([trial.put('a', { when: 'present' })], trial.call()))
    case 'scan':
      for await (const page of store.scan('', trial.call())) void page
  }
}

/** Lets work that nobody waits for come to its end. */
async function settle(trial: Trial): Promise<void> {
  await trial.quietly('await new Promise((resolve) => setTimeout(resolve, 5))', async () => {
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  })
}
