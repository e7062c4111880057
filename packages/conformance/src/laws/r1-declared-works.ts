import type { Found, Header, Store, StreamVerbs } from '@cachette/core'
import { type Check, checksOf, type Facts, type Trial } from '../check.js'
import {
  broken,
  expectAnswer,
  expectEqual,
  expectNothing,
  expectWrite,
  hooked,
  readOne,
  scanAll,
  whenItJudges,
  whenItScans,
  writeOne,
} from '../expect.js'
import { pattern } from '../format.js'

const and =
  (first: Check['applies'], second: Check['applies']): Check['applies'] =>
  (facts) => {
    const applies = first(facts)
    return applies === true ? second(facts) : applies
  }

const whenShared = ({ traits }: Facts): true | string => traits.shared || 'it is not declared to be shared'

const whenItStreams = ({ traits }: Facts): true | string => traits.streams || 'it does not declare streams'

export const R1: readonly Check[] = checksOf(
  'R1',
  {
    title: 'scans, where they are declared',
    applies: whenItScans,
    run: (context) =>
      context.example(async (trial) => {
        await writeOne(trial, trial.put('a'))
        if ((await scanAll(trial)).length === 0) broken('a scan to give the one key', 'nothing')
      }),
  },
  {
    title: 'conditions, where they are declared',
    applies: whenItJudges,
    run: (context) =>
      context.example(async (trial) => {
        const put = trial.put('a', { when: 'absent' })
        expectAnswer(await writeOne(trial, put), true, "a put on 'absent' over a key that was never written")
        expectWrite(await readOne(trial, 'a'), put, "key 'a'")
      }),
  },
  {
    title: 'other processes see the same entries, where that is declared',
    applies: and(whenShared, hooked('join')),
    run: (context) =>
      context.example(async (trial) => {
        const peer = await trial.join()
        const put = trial.put('a')
        await writeOne(trial, put)
        const [seen] = await peer.read(['a'], trial.call())
        expectWrite(seen, put, "key 'a', read by the peer,")
        await peer.write([trial.remove('a')], trial.call())
        expectNothing(await readOne(trial, 'a'), "key 'a', removed by the peer,")
      }),
  },
  {
    title: 'conditions hold between processes, where that is declared',
    applies: and(
      ({ traits }) => traits.conditional === 'shared' || 'its conditions are not declared to be shared',
      hooked('join'),
    ),
    run: (context) =>
      context.example(async (trial) => {
        const peer = await trial.join()
        const answers = await Promise.all(
          [trial.store, peer].map(async (store) => store.write([trial.put('a', { when: 'absent' })], trial.call())),
        )
        const won = answers.flat().filter(Boolean).length
        if (won !== 1) broken("exactly one of two processes to win on 'absent'", String(won))
      }),
  },
  {
    title: 'a value is written and read as a stream, where that is declared',
    applies: whenItStreams,
    run: (context) =>
      context.example(async (trial) => {
        const value = pattern(100_000, 3)
        expectEqual(
          await streamOf(trial).write(change(trial), bodyOf(value), trial.call()),
          true,
          'the answer to the write',
        )
        const read = await streamOf(trial).read('a', trial.call())
        if (read === undefined) return broken('the stream that was written', 'nothing')
        expectEqual(await bytesOf(read.body), value, 'the bytes of the stream')
        const found = await readOne(trial, 'a')
        expectEqual(found?.value, value, 'the value, read whole')
      }),
  },
  {
    title: 'a stream that fails stores nothing',
    applies: whenItStreams,
    run: (context) =>
      context.example(async (trial) => {
        const before = trial.put('a')
        await writeOne(trial, before)
        const [outcome] = await Promise.allSettled(
          [async () => streamOf(trial).write(change(trial), failingBody(), trial.call())].map((run) => run()),
        )
        if (outcome?.status === 'fulfilled') broken('a write whose body fails to fail', `the answer ${outcome.value}`)
        expectWrite(await readOne(trial, 'a'), before, "key 'a' after a stream that failed")
      }),
  },
  {
    title: 'other processes see what has changed since they looked, where that is declared',
    applies: and(whenShared, hooked('join')),
    run: (context) =>
      context.example(async (trial) => {
        const peer = await trial.join()
        const look = async (store: Store<unknown>): Promise<Found<unknown> | undefined> =>
          (await store.read(['a'], trial.call()))[0]
        for (const [writer, reader] of [
          [trial.store, peer],
          [peer, trial.store],
        ] as const) {
          await look(reader)
          const put = trial.put('a')
          await writer.write([put], trial.call())
          expectWrite(await look(reader), put, "key 'a', read before and after another process wrote it,")
          await writer.write([trial.remove('a')], trial.call())
          expectNothing(await look(reader), "key 'a', read before and after another process removed it,")
        }
      }),
  },
  {
    title: 'closing in one process leaves the others at work, where entries are shared',
    applies: and(whenShared, hooked('join')),
    run: (context) =>
      context.example(async (trial) => {
        const peer = await trial.join()
        const put = trial.put('a')
        await writeOne(trial, put)
        await peer.close()
        expectWrite(await readOne(trial, 'a'), put, "key 'a', when another process has closed,")
        const again = trial.put('a')
        await writeOne(trial, again)
        expectWrite(await readOne(trial, 'a'), again, "key 'a', written when another process has closed,")
      }),
  },
)

/** As the shell has them, which is where callers find them. */
function streamOf({ store }: Trial): StreamVerbs {
  return store.streams ?? broken('the verbs for streams', 'none')
}

function change(trial: Trial): { readonly key: string; readonly header: Header } {
  const { entry } = trial.put('a')
  if (entry === undefined) return broken('an entry', 'none')
  const { value: _, ...header } = entry
  return { key: 'a', header: { ...header, size: 0 } }
}

function bodyOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  const half = Math.floor(bytes.length / 2)
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes.slice(0, half))
      controller.enqueue(bytes.slice(half))
      controller.close()
    },
  })
}

function failingBody(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(pattern(1_000))
      controller.error(new Error('the source of the stream failed'))
    },
  })
}

async function bytesOf(body: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(body).arrayBuffer())
}
