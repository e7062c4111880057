import { type Awaitable, type Change, compareVersions, type Found } from '@cachette/core'
import fc, { type Arbitrary } from 'fast-check'
import type { Trial } from './check.js'
import { broken } from './expect.js'
import { code } from './format.js'
import { settled } from './ready.js'

/** One call of many that are made without waiting for those before. */
export type Step =
  | { readonly verb: 'read'; readonly keys: readonly string[] }
  | { readonly verb: 'write'; readonly writes: readonly Write[] }
  | { readonly verb: 'clear'; readonly prefix: string }

interface Write {
  readonly key: string
  readonly removes: boolean
  readonly when?: 'absent' | 'present' | undefined
}

export interface StepOptions {
  readonly conditions: boolean
  readonly clears: boolean
  /** What is cleared. Default: prefixes that some of the keys have. */
  readonly prefixes?: readonly string[] | undefined
}

/** Few keys, so that calls meet; two of them below one prefix. */
const KEYS = ['a', 'a:b', 'b'] as const
const PREFIXES = ['a', 'a:', 'b', '']

export function steps({ conditions, clears, prefixes = PREFIXES }: StepOptions): Arbitrary<readonly Step[]> {
  const key = fc.constantFrom(...KEYS)
  const conditional = fc.constantFrom<Write['when'][]>(undefined, undefined, 'absent', 'present')
  const write = fc.record({ key, removes: fc.boolean(), when: conditions ? conditional : fc.constant(undefined) })
  const reads = fc.uniqueArray(key, { minLength: 1, maxLength: 2 }).map((keys): Step => ({ verb: 'read', keys }))
  const writes = fc.array(write, { minLength: 1, maxLength: 2 }).map((each): Step => ({ verb: 'write', writes: each }))
  const clear = fc.constantFrom(...prefixes).map((prefix): Step => ({ verb: 'clear', prefix }))
  return fc.array(clears ? fc.oneof(reads, writes, writes, clear) : fc.oneof(reads, writes), {
    minLength: 2,
    maxLength: 9,
  })
}

/** A call that has been made: what the order of calls says of its answer, and the answer once it is there. */
interface Made {
  readonly text: string
  readonly expected: readonly unknown[]
  readonly answer: Promise<readonly unknown[]>
}

/** Makes all calls at once, and holds their answers to the order in which they were made. `settle` waits for them. */
export async function makeAll(
  trial: Trial,
  all: readonly Step[],
  settle: <T>(answers: Promise<T>) => Promise<T>,
): Promise<void> {
  const model = new Map<string, Change<unknown>>()
  const last: Step = { verb: 'read', keys: KEYS }
  const made = [...all, last].map((step) => make(trial, step, model))
  const answers = await settle(settleAll(made.map(({ answer }) => answer)))
  for (const [index, { text, expected }] of made.entries()) {
    const got = code(answers[index])
    const wanted = code(expected)
    if (got !== wanted) broken(`${text}, call ${index + 1} of ${made.length}, to answer ${wanted}`, got)
  }
}

/** All answers, or the first failure once all have settled: nothing is left under way. */
export async function settleAll<T>(answers: readonly Promise<T>[]): Promise<readonly T[]> {
  const outcomes = await Promise.all(answers.map((answer) => settled(() => answer)))
  return outcomes.map((outcome) => {
    if ('error' in outcome) throw outcome.error
    return outcome.value
  })
}

function make(trial: Trial, step: Step, model: Map<string, Change<unknown>>): Made {
  switch (step.verb) {
    case 'read': {
      const { keys } = step
      const expected = keys.map((key) => nameOf(model.get(key)))
      const answer = begin(() => trial.store.read(keys, trial.call())).then((found) => found.map(nameOf))
      return { text: `read ${code(keys)}`, expected, answer }
    }
    case 'write': {
      const changes = step.writes.map(({ key, removes, when }) =>
        removes ? trial.remove(key, { when }) : trial.put(key, { when }),
      )
      const expected = changes.map((change) => apply(change, model))
      return {
        text: `write ${code(step.writes)}`,
        expected,
        answer: begin(() => trial.store.write(changes, trial.call())),
      }
    }
    case 'clear': {
      const { prefix } = step
      for (const key of [...model.keys()]) if (key.startsWith(prefix)) model.delete(key)
      const answer = begin(() => trial.store.clear(prefix, trial.call())).then(() => [])
      return { text: `clear ${code(prefix)}`, expected: [], answer }
    }
  }
}

/** The call is made here and now; a failure that is ready becomes a rejection. */
async function begin<T>(call: () => Awaitable<T>): Promise<T> {
  return call()
}

function apply(change: Change<unknown>, model: Map<string, Change<unknown>>): boolean {
  const { key, entry, when } = change
  const there = model.has(key)
  if ((when === 'absent' && there) || (when === 'present' && !there)) return false
  if (entry === undefined) return model.delete(key)
  model.set(key, change)
  return true
}

function nameOf(written: Change<unknown> | Found<unknown> | undefined): string {
  if (written === undefined) return 'nothing'
  const { time, count, writer } = written.version
  return `${time}.${count}.${writer}`
}

export function isSameWrite(found: Found<unknown> | undefined, change: Change<unknown>): boolean {
  return found !== undefined && compareVersions(found.version, change.version) === 0
}
