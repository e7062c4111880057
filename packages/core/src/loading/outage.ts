import type { Engine } from '../cache/engine.js'
import { type ErrorCode, isCacheError, toCacheError } from '../errors.js'

/** A mistake of the caller, or the end of the cache: no trouble of the store's. */
const OWN_FAULT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'INVALID_KEY',
  'INVALID_VALUE',
  'INVALID_OPTION',
  'UNSUPPORTED',
  'CLOSED',
  'ABORTED',
])

export function isOutage(error: unknown): boolean {
  return !isCacheError(error) || !OWN_FAULT.has(error.code)
}

/** A store that cannot answer fails no load: that is reported, and the loader runs. Anything else is thrown on. */
export function reportOutage<V, S>(engine: Engine<V, S>, error: unknown, id: number): void {
  const damaged = engine.parts.damagedIsError && isCacheError(error) && error.code === 'CORRUPT'
  if (damaged || !isOutage(error) || (isCacheError(error) && error.operation === 'load')) throw error
  reportFailure(engine, error, id)
}

export function reportFailure<V, S>({ parts }: Engine<V, S>, error: unknown, id: number): void {
  const { base, host } = parts
  host.report({ type: 'failure', id, operation: 'load', source: base.name, error: toCacheError(error) })
}
