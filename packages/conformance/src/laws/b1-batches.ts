import { compareVersions } from '@cachette/core'
import fc from 'fast-check'
import { relatedKeys } from '../arbitraries.js'
import type { Check, Trial } from '../check.js'
import { always, broken, expectEqual, expectNothing, expectWrite, under, writeAll, writeOne } from '../expect.js'
import { brief } from '../format.js'

/** More than backends take in one command, or than an adapter sends in one. */
const LARGE = 1_100

export const B1: readonly Check[] = [
  {
    law: 'B1',
    title: 'a batch of reads answers each key in its place, however often it is asked',
    applies: always,
    run: (context) =>
      context.property(
        fc.tuple(relatedKeys(3, 5), fc.array(fc.nat(4), { minLength: 1, maxLength: 8 })),
        async ([[missing = '', ...keys], picks], trial) => {
          const puts = keys.map((key) => trial.put(key))
          for (const put of puts) await under('K1', () => writeOne(trial, put))
          const asked = picks.map((pick) => [...keys, missing][pick % (keys.length + 1)] ?? missing)
          const found = await trial.store.read(asked, trial.call())
          for (const [index, key] of asked.entries()) {
            const put = puts.find((one) => one.key === key)
            const what = `answer ${index} of a read of ${asked.length}, for key ${brief(key)},`
            if (put === undefined) expectNothing(found[index], what)
            else expectWrite(found[index], put, what)
          }
        },
      ),
  },
  {
    law: 'B1',
    title: 'of several changes of a key in one batch the last wins, and each has its answer',
    applies: always,
    run: (context) =>
      context.property(
        fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), puts: fc.boolean() }), { minLength: 1, maxLength: 8 }),
        async (steps, trial) => {
          const changes = steps.map(({ key, puts }) => (puts ? trial.put(key) : trial.remove(key)))
          const answers = await writeAll(trial, changes)
          expectEqual(answers, singles(steps), 'the answers to the batch')
          for (const key of new Set(steps.map((step) => step.key))) await expectLast(trial, key, changes)
        },
      ),
  },
  {
    law: 'B1',
    title: 'conditions in a batch see what the changes before them left',
    applies: ({ traits }) => traits.conditional !== 'none' || 'it judges no conditions',
    run: (context) =>
      context.example(async (trial) => {
        const first = trial.put('a', { when: 'absent' })
        const changes = [
          first,
          trial.put('a', { when: 'absent' }),
          trial.put('b', { when: 'present' }),
          trial.remove('a', { when: { version: first.version } }),
          trial.put('a', { when: 'absent' }),
        ]
        expectEqual(await writeAll(trial, changes), [true, false, false, true, true], 'the answers to the batch')
      }),
  },
  {
    law: 'B1',
    title: 'a large batch is one batch',
    applies: ({ traits }) => traits.evicts === 'no' || 'it may evict before the batch is complete',
    run: (context) =>
      context.example(async (trial) => {
        const puts = Array.from({ length: LARGE }, (_, index) => trial.put(`key-${index}`))
        const line = `await store.write(Array.from({ length: ${LARGE} }, (_, i) => put(\`key-\${i}\`)), call())`
        const answers = await trial.quietly(line, () => writeAll(trial, puts))
        const refused = answers.filter((answer) => !answer).length
        if (refused > 0) broken('true for each put of a large batch', `false for ${refused} of them`)
        const found = await trial.quietly('// all of them are read in one batch', () =>
          trial.store.read(
            puts.map(({ key }) => key),
            trial.call(),
          ),
        )
        const wrong = puts.filter(({ version }, index) => {
          const entry = found[index]
          return entry === undefined || compareVersions(entry.version, version) !== 0
        })
        if (wrong.length > 0) broken('a large batch to give every entry in its place', `${wrong.length} others or none`)
      }),
  },
  {
    law: 'B1',
    title: 'an empty batch is a batch',
    applies: always,
    run: (context) =>
      context.example(async (trial) => {
        expectEqual(await trial.raw.read([], trial.call()), [], 'the answers to a read of nothing')
        expectEqual(await trial.raw.write([], trial.call()), [], 'the answers to a write of nothing')
      }),
  },
]

interface Step {
  readonly key: string
  readonly puts: boolean
}

/** What the same changes would answer one by one: puts are done; a removal is, where something was there. */
function singles(steps: readonly Step[]): boolean[] {
  const there = new Set<string>()
  return steps.map(({ key, puts }) => {
    if (!puts) return there.delete(key)
    there.add(key)
    return true
  })
}

async function expectLast(trial: Trial, key: string, changes: readonly ReturnType<Trial['put']>[]): Promise<void> {
  const last = changes.findLast((change) => change.key === key)
  const [found] = await trial.store.read([key], trial.call())
  if (last?.entry === undefined) expectNothing(found, `key '${key}', which the batch removed last,`)
  else expectWrite(found, last, `key '${key}', which the batch wrote last,`)
}
