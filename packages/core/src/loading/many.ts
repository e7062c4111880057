import { andThen, promised, recover } from '../awaitable.js'
import type { Engine } from '../cache/engine.js'
import type { Awaitable } from '../contract.js'
import { checkArgument } from '../options.js'
import { Batch } from './batch.js'
import type { Opening } from './flights.js'
import { type Loading, openingOf, UNREACHABLE } from './loading.js'
import type { BatchLoader, LoadOptions } from './options.js'
import { reportOutage } from './outage.js'

/** `getOrSetMany`: one read for all keys, and one call of the loader for those that are to be loaded or refreshed. */
export function getOrSetMany<V, S>(
  engine: Engine<V, S>,
  loading: Loading<V, S>,
  keys: readonly string[],
  load: BatchLoader<V>,
  options?: LoadOptions,
): Awaitable<readonly (V | undefined)[]> {
  checkArgument('getOrSetMany', 'the keys', keys, 'array')
  checkArgument('getOrSetMany', 'the loader', load, 'function')
  const names = new Map(keys.map((key) => [key, engine.key(key)]))
  const full = [...names.values()]
  const shared = loading.requests(options)
  const { call } = shared
  const openings = recover<readonly Opening<S>[], readonly Opening<S>[]>(
    () => andThen(engine.parts.stack.read(full, call), (found) => found.map((entry) => openingOf(entry, call))),
    (error) => {
      reportOutage(engine, error, call.id)
      return full.map(() => UNREACHABLE)
    },
  )
  return andThen(openings, async (opened) => {
    const asked = [...names].map(([name, key], index) => ({ name, key, opening: opened[index] ?? UNREACHABLE }))
    const batch = new Batch(names.keys(), load)
    const values = asked.map(({ name, key, opening }) => {
      const pass = (): void => batch.pass(name)
      let refreshed: Promise<unknown> | undefined
      const onRefresh = (end: Promise<unknown>): void => {
        refreshed = end
      }
      const request = { ...shared, key, load: batch.loader(name), partial: true, onWaiting: pass, onRefresh }
      return promised(() => loading.proceed(request, opening)).finally(() => {
        if (refreshed === undefined) pass()
        else refreshed.then(pass, pass)
      })
    })
    const given = await Promise.all(values)
    const byName = new Map(asked.map(({ name }, index) => [name, given[index]]))
    return keys.map((key) => byName.get(key))
  })
}
