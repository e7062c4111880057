import { newCall } from '../../src/call.js'
import type { Call, Change, Condition, Entry, Version } from '../../src/contract.js'

export const NOW = 1_700_000_000_000

let count = 0

/** Later than all versions before it. */
export function version(time = NOW): Version {
  count += 1
  return { time, count, writer: 1 }
}

export function entry<V>(value: V, facts: Partial<Entry<V>> = {}): Entry<V> {
  const forever = { createdAt: NOW, staleAt: Infinity, expiresAt: Infinity, keptUntil: Infinity }
  return { ...forever, version: version(), kind: 'value', tags: [], marks: {}, size: 1, value, ...facts }
}

export function put<V>(key: string, value: V, when?: Condition, facts?: Partial<Entry<V>>): Change<V> {
  const made = entry(value, facts)
  return { key, entry: made, version: made.version, when }
}

export function removal(key: string, when?: Condition): Change<never> {
  return { key, entry: undefined, version: version(), when }
}

/** A call of its own, with no deadline unless one is given. */
export function call(facts: Partial<Call> = {}): Call {
  return { ...newCall(NOW), ...facts }
}
