import type { Change } from '@cachette/core'
import fc, { type Arbitrary } from 'fast-check'
import { relatedKeys } from './arbitraries.js'
import type { Trial } from './check.js'
import { expectNothing, expectWrite, readEach, writeAll } from './expect.js'
import { brief } from './format.js'

/** What is done to a few keys before the store is closed or killed. */
export interface Past {
  readonly keys: readonly string[]
  readonly steps: readonly { readonly key: number; readonly puts: boolean }[]
  readonly clears: boolean
}

export function anyPast(): Arbitrary<Past> {
  return fc.record({
    keys: relatedKeys(2, 5),
    steps: fc.array(fc.record({ key: fc.nat(4), puts: fc.boolean() }), { minLength: 1, maxLength: 8 }),
    clears: fc.boolean(),
  })
}

/** What each key must hold now: its last write, or nothing. */
export type Expected = Map<string, Change<unknown> | undefined>

/** Does it all, each step awaited. */
export async function live(trial: Trial, { keys, steps, clears }: Past): Promise<Expected> {
  const expected: Expected = new Map(keys.map((key) => [key, undefined]))
  if (clears) {
    await writeAll(trial, [trial.put(keys[0] ?? 'a')])
    await trial.store.clear('', trial.call())
  }
  for (const step of steps) {
    const key = keys[step.key % keys.length] ?? 'a'
    const change = step.puts ? trial.put(key) : trial.remove(key)
    await writeAll(trial, [change])
    expected.set(key, step.puts ? change : undefined)
  }
  return expected
}

export async function expectAllOf(trial: Trial, expected: Expected, after: string): Promise<void> {
  const keys = [...expected.keys()]
  const found = await readEach(trial, keys)
  for (const [index, key] of keys.entries()) {
    const change = expected.get(key)
    const what = `key ${brief(key)} ${after}`
    if (change === undefined) expectNothing(found[index], what)
    else expectWrite(found[index], change, what)
  }
}
