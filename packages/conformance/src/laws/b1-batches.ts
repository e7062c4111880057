import { type Change, compareVersions } from '@cachette/core'
import fc from 'fast-check'
import { relatedKeys } from '../arbitraries.js'
import { type Check, checksOf, type Trial } from '../check.js'
import {
  always,
  broken,
  expectEqual,
  expectNothing,
  expectWrite,
  readOne,
  under,
  writeAll,
  writeOne,
} from '../expect.js'
import { brief } from '../format.js'
import { isFair } from '../sweep.js'

/** More than backends take in one command, or than an adapter sends in one. */
const LARGE = 1_100

export const B1: readonly Check[] = checksOf(
  'B1',
  {
    title: 'a batch of reads answers each key in its place, however often it is asked',
    applies: always,
    run: (context) =>
      context.property(
        fc.tuple(relatedKeys(3, 5), fc.array(fc.nat(4), { minLength: 1, maxLength: 8 })),
        async ([[missing = '', ...keys], picks], trial) => {
          if (!isFair(context, [missing, ...keys])) return
          const puts = keys.map((key) => trial.put(key))
          for (const put of puts) await under('K1', () => writeOne(trial, put))
          const asked = picks.map((pick) => [...keys, missing][pick % (keys.length + 1)] ?? missing)
          const found = await trial.store.read(asked, trial.call())
          for (const [index, key] of asked.entries()) {
            const put = puts.find((one) => one.key === key)
            const what = `answer ${index} of a read of ${asked.length}, for key ${brief(key)},`
            const isEvicted = context.traits.evicts === 'any' && found[index] === undefined
            if (put === undefined) expectNothing(found[index], what)
            else if (isEvicted) continue
            else expectWrite(found[index], put, what)
          }
        },
      ),
  },
  {
    title: 'a batch of changes answers and leaves what the same changes do one by one',
    applies: always,
    run: (context) => {
      const step = fc.record({
        key: fc.constantFrom('a', 'b', 'c'),
        puts: fc.constantFrom(true, true, false),
        when: context.traits.conditional === 'none' ? fc.constant(undefined) : condition,
      })
      return context.property(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps, trial) => {
        const singles = await outcomeOf(trial, steps, (changes) => oneByOne(trial, changes))
        await trial.restart()
        const batch = await outcomeOf(trial, steps, (changes) => writeAll(trial, changes))
        expectEqual(batch.answers, singles.answers, 'the answers to the batch, as to its changes one by one,')
        expectEqual(batch.left, singles.left, 'the changes whose entries the batch leaves, as one by one,')
      })
    },
  },
  {
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
        if (wrong.length === 0) return
        // What is not there at all is the batch's fault only if the same writes, one by one, would have stayed.
        const isLost = wrong[0] !== undefined && (await readOne(trial, wrong[0].key)) === undefined
        broken('a large batch to give every entry in its place', `${wrong.length} others or none`, isLost ? 'P1' : 'B1')
      }),
  },
  {
    title: 'an empty batch is a batch',
    applies: always,
    run: (context) =>
      context.example(async (trial) => {
        expectEqual(await trial.raw.read([], trial.call()), [], 'the answers to a read of nothing')
        expectEqual(await trial.raw.write([], trial.call()), [], 'the answers to a write of nothing')
      }),
  },
  {
    title:
      'a batch of hundreds of puts, removals and conditions answers and leaves what the same changes do one by one',
    applies: ({ traits }) => traits.evicts === 'no' || 'it may evict before the batch is complete',
    run: (context) =>
      context.example(async (trial) => {
        const steps = mixed(context.traits.conditional !== 'none')
        const before = Array.from({ length: MIXED_KEYS / 2 }, (_, index) => ({ ...PUT, key: `key-${index}` }))
        const singles = await trial.quietly('// hundreds of changes are made one by one', async () => {
          await under('P1', () => outcomeOf(trial, before, (changes) => writeAll(trial, changes)))
          return outcomeOf(trial, steps, (changes) => oneByOne(trial, changes))
        })
        await trial.restart()
        const batch = await trial.quietly(`// the same ${steps.length} changes are made in one batch`, async () => {
          await under('P1', () => outcomeOf(trial, before, (changes) => writeAll(trial, changes)))
          return outcomeOf(trial, steps, (changes) => writeAll(trial, changes))
        })
        for (const [index, answer] of batch.answers.entries()) {
          const what = `answer ${index} to a batch of ${steps.length}, as to its changes one by one,`
          expectEqual(answer, singles.answers[index], what)
        }
        expectEqual(batch.left, singles.left, 'the changes whose entries the batch leaves, as one by one,')
      }),
  },
)

const MIXED = 300
const MIXED_KEYS = 120

const PUT: Omit<Step, 'key'> = { puts: true, when: undefined }

/** Every kind of change, under keys that return after a while; in runs, since some stores do one kind after another. */
function mixed(isConditional: boolean): readonly Step[] {
  return Array.from({ length: MIXED }, (_, index) => {
    const puts = Math.floor(index / 40) % 2 === 0
    const when = isConditional ? WHENS[index % WHENS.length] : undefined
    return { key: `key-${(index * 7) % MIXED_KEYS}`, puts, when }
  })
}

const WHENS = [undefined, 'absent', undefined, 'present', 'vacant'] as const

async function oneByOne(trial: Trial, changes: readonly Change<unknown>[]): Promise<readonly boolean[]> {
  const answers: boolean[] = []
  for (const change of changes) answers.push(await writeOne(trial, change))
  return answers
}

const condition = fc.option(fc.constantFrom('absent' as const, 'present' as const, 'vacant' as const), {
  nil: undefined,
})

interface Step {
  readonly key: string
  readonly puts: boolean
  readonly when: 'absent' | 'present' | 'vacant' | undefined
}

interface Outcome {
  readonly answers: readonly boolean[]
  /** For each key, the number of the change whose entry is there. */
  readonly left: Readonly<Record<string, number>>
}

async function outcomeOf(
  trial: Trial,
  steps: readonly Step[],
  write: (changes: readonly Change<unknown>[]) => Promise<readonly boolean[]>,
): Promise<Outcome> {
  const changes = steps.map(({ key, puts, when }) => (puts ? trial.put(key, { when }) : trial.remove(key, { when })))
  const answers = await write(changes)
  const left: Record<string, number> = {}
  for (const key of new Set(steps.map((step) => step.key))) {
    const found = await readOne(trial, key)
    if (found !== undefined)
      left[key] = changes.findIndex(({ version }) => compareVersions(version, found.version) === 0)
  }
  return { answers, left }
}
