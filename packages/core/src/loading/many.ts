import { andThen, promised, recover } from '../awaitable.js'
import type { Engine } from '../cache/engine.js'
import type { Awaitable, Found } from '../contract.js'
import { visible } from '../conditions.js'
import { Batch } from './batch.js'
import type { Opening } from './flights.js'
import type { Loading } from './loading.js'
import type { BatchLoader, LoadOptions } from './options.js'
import { reportOutage } from './outage.js'

/** `getOrSetMany`: one read for all keys, and one call of the loader for those that are not there. */
export function getOrSetMany<V, S>(
  engine: Engine<V, S>,
  loading: Loading<V, S>,
  keys: readonly string[],
  load: BatchLoader<V>,
  options?: LoadOptions,
): Awaitable<readonly (V | undefined)[]> {
  const names = new Map(keys.map((key) => [engine.key(key), key]))
  const full = [...names.keys()]
  const call = engine.call(options, 'value', 'kept')
  const openings = recover<readonly Opening<S>[], readonly Opening<S>[]>(
    () =>
      andThen(engine.parts.stack.read(full, call), (found) =>
        found.map((entry) => ({ found: entry, unreachable: false })),
      ),
    (error) => {
      reportOutage(engine, error, call)
      return full.map(() => ({ found: undefined, unreachable: true }))
    },
  )
  return andThen(openings, (opened) => {
    const missing = full.filter((_, index) => !isThere(opened[index]?.found, call.now))
    const batch = new Batch(
      missing.map((key) => names.get(key) ?? key),
      load,
    )
    const values = full.map((key, index) => {
      const name = names.get(key) ?? key
      const pass = (): void => batch.pass(name)
      const request = loading.request(key, (context) => batch.load(name, context), options, pass)
      const opening = opened[index] ?? { found: undefined, unreachable: true }
      return promised(() => loading.proceed({ ...request, call }, opening)).finally(pass)
    })
    return Promise.all(values).then((given) => {
      const byKey = new Map(full.map((key, index) => [key, given[index]]))
      return keys.map((key) => byKey.get(engine.prefix + key))
    })
  })
}

function isThere(found: Found<unknown> | undefined, now: number): boolean {
  return found !== undefined && visible(found, now)
}
