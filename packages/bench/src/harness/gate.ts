/** The correctness gate: what does not give back what was put is not measured. */

import { isDeepStrictEqual } from 'node:util'
import type { Face, Pace, Value, Verb } from './face.js'
import type { Workload } from './keys.js'

const MISSING = 'never:put'

/** Puts every key, and leaves it put. Throws what is wrong with the answers, if anything is. */
export async function gate(face: Face, work: Workload, verb: Verb, pace: Pace): Promise<void> {
  await putAndGet(face, work, verb, pace)
  if (verb === 'getOrSet') await loads(face, work)
  if (verb === 'getMany') await batches(face, work)
}

async function putAndGet(face: Face, { keys, values }: Workload, verb: Verb, pace: Pace): Promise<void> {
  const before = await face.get(MISSING)
  if (before !== undefined && before !== null) throw new Error(`get of a key never put gave ${show(before)}`)
  for (const [index, key] of keys.entries()) {
    const done = face.set(key, values[index] ?? {})
    if (pace === 'sync' && verb === 'set' && done instanceof Promise) throw new Error('set gave a promise')
    await done
  }
  for (const [index, key] of keys.entries()) {
    const found = face.get(key)
    if (pace === 'sync' && found instanceof Promise) throw new Error('get gave a promise')
    const value = await found
    if (!isDeepStrictEqual(value, values[index])) throw new Error(`get of "${key}" gave ${show(value)}`)
  }
}

async function batches(face: Face, { keys, values }: Workload): Promise<void> {
  const found = await face.getMany?.([...keys, MISSING])
  const expected = [...values, undefined]
  const wrong = expected.findIndex((value, at) => !isDeepStrictEqual(found?.[at], value))
  if (wrong >= 0) throw new Error(`getMany gave ${show(found?.[wrong])} for "${keys[wrong] ?? MISSING}"`)
}

async function loads(face: Face, { keys, values }: Workload): Promise<void> {
  let loaded = 0
  const load = (value: Value) => (): Promise<Value> => {
    loaded += 1
    return Promise.resolve(value)
  }
  for (const [index, key] of keys.entries()) {
    const value = await face.getOrSet?.(key, load('loaded'))
    if (!isDeepStrictEqual(value, values[index])) throw new Error(`getOrSet of "${key}" gave ${show(value)}`)
  }
  if (loaded > 0) throw new Error(`getOrSet loaded ${loaded} keys that were there`)
  const first = await face.getOrSet?.('first:load', load('made'))
  if (first !== 'made' || loaded !== 1) {
    throw new Error(`getOrSet of an absent key gave ${show(first)} after ${loaded} loads`)
  }
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 80)
}

/** What an exclusion says of a failure. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
