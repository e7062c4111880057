import { type Check, checksOf, type Facts, type Trial } from '../check.js'
import { broken, readOne, scanAll, writeOne } from '../expect.js'
import { pattern } from '../format.js'

/** A value that can be changed, and how. Each call makes another. */
interface Changeable {
  readonly value: unknown
  /** How a value is changed, as code behind it. */
  readonly spoiling: string
  spoil(): void
  intact(value: unknown): boolean
}

const BYTES = pattern(64, 1)

function changeable({ traits }: Facts): Changeable {
  if (traits.values === 'bytes') {
    const value = Uint8Array.from(BYTES)
    return {
      value,
      spoiling: '.fill(0xee)',
      spoil: () => void spoil(value),
      intact: (found) => found instanceof Uint8Array && found[0] === 1 && found[63] === 64,
    }
  }
  const value = { list: ['a'] }
  return {
    value,
    spoiling: ".list.push('b')",
    spoil: () => void spoil(value),
    intact: (found) => JSON.stringify(found) === '{"list":["a"]}',
  }
}

/** Changes whatever came back, wherever it can. */
function spoil(value: unknown): void {
  if (value instanceof Uint8Array) value.fill(0xee)
  else if (typeof value === 'object' && value !== null && 'list' in value && Array.isArray(value.list))
    value.list.push('b')
}

const applies = ({ traits, subject }: Facts): true | string => {
  if (!traits.isolated) return 'it keeps values by reference, as it says'
  return subject.values === undefined || 'the subject gives its own values'
}

export const V3: readonly Check[] = checksOf(
  'V3',
  {
    title: 'changing what was put in changes nothing',
    applies,
    run: (context) =>
      context.example(async (trial) => {
        const put = changeable(context)
        const change = trial.put('a', { value: put.value })
        await writeOne(trial, change)
        trial.note((nameOf) => `${nameOf(change.version)}.entry.value${put.spoiling}`)
        put.spoil()
        await expectIntact(trial, put)
      }),
  },
  {
    title: 'changing what was put in while its write is under way changes nothing',
    applies,
    run: (context) =>
      context.example(async (trial) => {
        const put = changeable(context)
        const change = trial.put('a', { value: put.value })
        const under = trial.store.write([change], trial.call())
        trial.note((nameOf) => `${nameOf(change.version)}.entry.value${put.spoiling}`)
        put.spoil()
        await under
        await expectIntact(trial, put)
      }),
  },
  {
    title: 'changing what was read changes nothing',
    applies,
    run: (context) =>
      context.example(async (trial) => {
        const put = changeable(context)
        await writeOne(trial, trial.put('a', { value: put.value }))
        const read = "const [read] = await store.read(['a'], call())"
        spoil((await trial.quietly(read, () => readOne(trial, 'a')))?.value)
        trial.note(`read.value${put.spoiling}`)
        await expectIntact(trial, put)
        if (context.traits.scan === 'none') return
        const scan = `for (const [, found] of await collect(store.scan('', call()))) found.value${put.spoiling}`
        for (const [, found] of await trial.quietly(scan, () => scanAll(trial))) spoil(found.value)
        await expectIntact(trial, put)
      }),
  },
  {
    title: 'two reads give a value each',
    applies,
    run: (context) =>
      context.example(async (trial) => {
        const put = changeable(context)
        await writeOne(trial, trial.put('a', { value: put.value }))
        const read = "const [first, second] = await store.read(['a', 'a'], call())"
        const [first, second] = await trial.quietly(read, () => trial.store.read(['a', 'a'], trial.call()))
        trial.note(`first.value${put.spoiling}`)
        spoil(first?.value)
        trial.note('console.log(second.value)')
        if (second !== undefined && !put.intact(second.value))
          broken('the second value to stay as it was', 'the change that was made to the first')
      }),
  },
)

async function expectIntact(trial: Trial, put: Changeable): Promise<void> {
  const found = await readOne(trial, 'a')
  if (!put.intact(found?.value)) broken('what is stored to stay as it was written', 'the change')
}
