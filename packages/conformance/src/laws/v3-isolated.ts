import type { Found, Header } from '@cachette/core'
import { type Check, checksOf, type Facts, type Trial } from '../check.js'
import { broken, expectEqual, readOne, scanAll, writeOne } from '../expect.js'
import { pattern } from '../format.js'

/** A value that can be changed, and how. Each call makes another. */
interface Changeable {
  readonly value: unknown
  spoil(): void
  intact(value: unknown): boolean
}

const BYTES = pattern(64, 1)

function changeable({ traits }: Facts): Changeable {
  if (traits.values === 'bytes') {
    const value = Uint8Array.from(BYTES)
    return {
      value,
      spoil: () => void spoil(value),
      intact: (found) => found instanceof Uint8Array && found[0] === 1 && found[63] === 64,
    }
  }
  const value = { list: ['a'] }
  return { value, spoil: () => void spoil(value), intact: (found) => JSON.stringify(found) === '{"list":["a"]}' }
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
        await writeOne(trial, trial.put('a', { value: put.value }))
        trial.note('// the value that was put in is changed')
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
        const under = trial.store.write([trial.put('a', { value: put.value })], trial.call())
        trial.note('// the value that was put in is changed')
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
        spoil((await readOne(trial, 'a'))?.value)
        trial.note('// the value that was read is changed')
        await expectIntact(trial, put)
        if (context.traits.scan === 'none') return
        for (const [, found] of await scanAll(trial)) spoil(found.value)
        trial.note('// the value that was scanned is changed')
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
        const [first, second] = await trial.store.read(['a', 'a'], trial.call())
        trial.note('// the first of both is changed')
        spoil(first?.value)
        if (second !== undefined && !put.intact(second.value))
          broken('the second value to stay as it was', 'the change that was made to the first')
      }),
  },
  {
    title: 'changing tags and marks that were put in or read changes nothing, unless they are frozen',
    applies,
    run: (context) =>
      context.example(async (trial) => {
        const put = trial.put('a', { tags: [{ name: 'tag' }], marks: { mark: 1 } })
        await writeOne(trial, put)
        trial.note('// the tags and marks that were put in are changed')
        if (put.entry !== undefined) spoilHeader(put.entry)
        for (const want of ['value', 'header'] as const) {
          const found = await readOne(trial, 'a', { want })
          expectHeader(found)
          trial.note('// the tags and marks that were read are changed')
          if (found !== undefined) spoilHeader(found)
        }
        expectHeader(await readOne(trial, 'a'))
        if (context.traits.scan === 'none') return
        for (const [, found] of await scanAll(trial)) spoilHeader(found)
        trial.note('// the tags and marks that were scanned are changed')
        expectHeader(await readOne(trial, 'a'))
      }),
  },
)

/** What has been frozen is safe from it. */
function spoilHeader({ tags, marks }: Pick<Header, 'tags' | 'marks'>): void {
  for (const spoilIt of [
    () => Array.isArray(tags) && tags.push({ name: 'spoilt' }),
    () => tags[0] !== undefined && Object.assign(tags[0], { name: 'spoilt' }),
    () => Object.assign(marks, { mark: 'spoilt', spoilt: true }),
  ]) {
    try {
      spoilIt()
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
    }
  }
}

function expectHeader(found: Found<unknown> | undefined): void {
  expectEqual(found && [found.tags.map(({ name }) => name), found.marks], [['tag'], { mark: 1 }], 'the tags and marks')
}

async function expectIntact(trial: Trial, put: Changeable): Promise<void> {
  const found = await readOne(trial, 'a')
  if (!put.intact(found?.value)) broken('what is stored to stay as it was written', 'the change')
}
