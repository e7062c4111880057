/** The correctness gate: what does not give back what was put is not measured. */

import { isDeepStrictEqual } from 'node:util'
import type { Face, Pace, Value, Verb } from './face.js'
import type { Workload } from './keys.js'

const MISSING = 'never:put'

/** Puts every key, and leaves it put. Says what is wrong with the answers, or nothing. */
export async function gate(face: Face, work: Workload, verb: Verb, pace: Pace): Promise<string | undefined> {
  try {
    return (await putAndGet(face, work, pace)) ?? (verb === 'getOrSet' ? await loads(face, work) : undefined)
  } catch (error) {
    return `it failed: ${error instanceof Error ? error.message : String(error)}`
  }
}

async function putAndGet(face: Face, { keys, values }: Workload, pace: Pace): Promise<string | undefined> {
  const before = await face.get(MISSING)
  if (before !== undefined && before !== null) return `get of a key never put gave ${show(before)}`
  for (const [index, key] of keys.entries()) {
    const done = face.set(key, values[index] ?? {})
    if (pace === 'sync' && done instanceof Promise) return 'set gave a promise'
    await done
  }
  for (const [index, key] of keys.entries()) {
    const found = face.get(key)
    if (pace === 'sync' && found instanceof Promise) return 'get gave a promise'
    const value = await found
    if (!isDeepStrictEqual(value, values[index])) return `get of "${key}" gave ${show(value)}`
  }
  return undefined
}

async function loads(face: Face, { keys, values }: Workload): Promise<string | undefined> {
  let loaded = 0
  const load = (value: Value) => (): Promise<Value> => {
    loaded += 1
    return Promise.resolve(value)
  }
  for (const [index, key] of keys.entries()) {
    const value = await face.getOrSet?.(key, load('loaded'))
    if (!isDeepStrictEqual(value, values[index])) return `getOrSet of "${key}", which was there, gave ${show(value)}`
  }
  if (loaded > 0) return `getOrSet loaded ${loaded} keys that were there`
  const first = await face.getOrSet?.('first:load', load('made'))
  if (first !== 'made' || loaded !== 1) return `getOrSet of an absent key gave ${show(first)} after ${loaded} loads`
  return undefined
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 80)
}
