import type { Awaitable, Call, Clock, Found, Page, Store } from '@cachette/core'
import { paged } from './paged.js'

/** What a layer shows of found entries: each, another in its place, or nothing. */
export type Show<V> = (
  keys: readonly string[],
  found: readonly (Found<V> | undefined)[],
  call: Call,
) => Awaitable<readonly (Found<V> | undefined)[]>

/** The pages of a scan, as a read of the same keys would show them. */
export async function* shownPages<V>(
  next: Store<V>,
  prefix: string,
  call: Call,
  clock: Clock,
  show: Show<V>,
): AsyncIterable<Page<V>> {
  for await (const page of next.scan(prefix, call)) {
    const keys = page.map(([key]) => key)
    const found = page.map(([, entry]) => entry)
    const shown = await show(keys, found, paged(call, clock))
    const rest = keys.flatMap((key, index) => {
      const entry = shown[index]
      return entry === undefined ? [] : [[key, entry] as const]
    })
    if (rest.length > 0) yield rest
  }
}
