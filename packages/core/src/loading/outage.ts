import type { Engine } from '../cache/engine.js'
import type { Call } from '../contract.js'
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

/** A store that cannot answer fails no load: that is reported, and the loader runs. Anything else is thrown on. */
export function reportOutage<V, S>(engine: Engine<V, S>, error: unknown, call: Call): void {
  if (isCacheError(error) && (OWN_FAULT.has(error.code) || error.operation === 'load')) throw error
  const { base, host } = engine.parts
  host.report({ type: 'failure', id: call.id, operation: 'load', source: base.name, error: toCacheError(error) })
}

export function isOutage(error: unknown): boolean {
  return !isCacheError(error) || !OWN_FAULT.has(error.code)
}
