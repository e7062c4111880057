import {
  type Awaitable,
  andThen,
  type CacheError,
  type Call,
  type Found,
  type Host,
  hide,
  isCacheError,
  type Page,
  type Store,
  type Verbs,
} from '@cachette/core'
import type { Validator } from './validator.js'

interface When {
  onRead(): boolean
  onWrite(): boolean
}

/** The schema before a store that takes values as they are. What does not fit is hidden from every verb. */
export function validating<V>(validator: Validator<V>, when: When, next: Store<V>, host: Host): Verbs<V> {
  const hides = (): boolean => when.onRead() && validator.hidesMisfits

  /** Headers say nothing of values: these are looked at too. */
  const looking = (call: Call): Call => (call.want === 'header' && hides() ? { ...call, want: 'value' } : call)

  const shown = (found: Found<V>, key: string, call: Call): Found<V> | undefined => {
    if (found.value === undefined || !isJudged(found, call) || !when.onRead()) return found
    // Whoever wants the header alone is not to hear of an error in the value.
    if (call.want === 'header' && !validator.hidesMisfits) return found
    const fit = fitted(validator, found.value)
    if (!isMisfit(fit)) return fit.value === found.value ? found : { ...found, value: fit.value }
    if (call.want !== 'header') reclaim(found, key, call, fit)
    return undefined
  }

  const reclaim = (found: Found<V>, key: string, call: Call, error: CacheError): void => {
    host.report({ type: 'damage', id: call.id, key, source: 'schema', error })
    if (next.traits.conditional === 'none') return
    const removal = { key, entry: undefined, version: host.versions.next(), when: { version: found.version } }
    // In the call's own turn, so that what it does next finds the key free.
    const removed = async (): Promise<unknown> => next.write([removal], { ...call, signal: undefined })
    host.background(removed())
  }

  const hidden = (key: string, found: Found<unknown>, call: Call): Awaitable<boolean> => {
    if (!hides()) return false
    if (found.value !== undefined) return isMisfit(fitted(validator, found.value))
    return andThen(next.read([key], { ...call, want: 'value' }), ([whole]) => {
      return whole?.value !== undefined && isMisfit(fitted(validator, whole.value))
    })
  }

  const hiding = hide({ name: 'schema', hidden }).wrap(next, host)
  const write = hiding.write ?? next.write
  return {
    ...hiding,
    read: (keys, call) =>
      andThen(next.read(keys, looking(call)), (found) =>
        found.map((entry, index) => entry && shown(entry, keys[index] ?? '', call)),
      ),
    write(changes, call) {
      if (when.onWrite()) {
        for (const { entry } of changes) if (entry?.kind === 'value') validator.check(entry.value)
      }
      return write(changes, call)
    },
    scan: (prefix, call) => pages(next.scan(prefix, looking(call)), (found, key) => shown(found, key, call)),
  }
}

/** Values, and those that a lease keeps for a load that may fail. Whoever asks for all gets what there is. */
function isJudged(found: Found<unknown>, { show }: Call): boolean {
  return (
    (found.kind === 'value' && show !== 'all') || (found.kind === 'lease' && show === 'kept' && found.value !== null)
  )
}

/** What the schema makes of a value, or why it counts as absent. Throws any other failure. */
function fitted<V>(validator: Validator<V>, value: unknown): { readonly value: V } | CacheError {
  try {
    return { value: validator.read(value) }
  } catch (error) {
    if (isCacheError(error) && error.code === 'CORRUPT') return error
    throw error
  }
}

function isMisfit(fit: object): fit is CacheError {
  return isCacheError(fit)
}

async function* pages<V>(
  source: AsyncIterable<Page<V>>,
  show: (found: Found<V>, key: string) => Found<V> | undefined,
): AsyncIterable<Page<V>> {
  for await (const page of source) {
    const rest = page.flatMap(([key, found]) => {
      const entry = show(found, key)
      return entry === undefined ? [] : [[key, entry] as const]
    })
    if (rest.length > 0) yield rest
  }
}
