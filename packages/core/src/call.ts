import type { Call, Load } from './contract.js'

/**
 * Ids name calls in lanes, where two with one id would pass each other. Two copies of core may share a store,
 * so each begins to count at a place of its own. They stay small integers, which cost no allocation, and come
 * round after four thousand million calls.
 */
let lastId = Math.floor(Math.random() * 2 ** 31)

export function nextCallId(): number {
  lastId = (lastId + 1) | 0
  return lastId
}

export interface CallOptions {
  readonly id?: number | undefined
  readonly deadline?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly want?: Call['want']
  readonly show?: Call['show']
  readonly load?: Load | undefined
  readonly aside?: boolean | undefined
}

/** A call with every field in place, so that all calls have one shape. */
export function newCall(now: number, options: CallOptions = {}): Call {
  return {
    id: options.id ?? nextCallId(),
    now,
    deadline: options.deadline ?? Infinity,
    signal: options.signal,
    want: options.want ?? 'value',
    show: options.show ?? 'live',
    load: options.load,
    aside: options.aside,
  }
}
