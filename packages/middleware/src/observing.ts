import {
  type Awaitable,
  andThen,
  around,
  type Call,
  type Host,
  type Store,
  type StreamVerbs,
  type Verbs,
} from '@cachette/core'

/** One call, as it comes by. Of a scan, each page is one of its own. */
export interface Observed {
  readonly verb: 'read' | 'write' | 'scan' | 'clear'
  readonly call: Call
  readonly keys?: readonly string[]
  readonly changes?: readonly { readonly key: string }[]
  readonly prefix?: string
}

export interface Observer {
  /** Asked first, so that what nobody wants to know costs nothing. */
  heeds(verb: Observed['verb']): boolean
  /** Gives back what `proceed` gives: at once where it is ready. */
  observe<R>(observed: Observed, proceed: () => Awaitable<R>): Awaitable<R>
}

/** All the verbs of a store, single reads and streams among them, under the eyes of an observer. */
export function observing<V>(name: string, next: Store<V>, host: Host, observer: Observer): Verbs<V> {
  const readOne = next.readOne?.bind(next)
  const verbs = around({
    name,
    around: (passing, proceed) => (observer.heeds(passing.verb) ? observer.observe(passing, proceed) : proceed()),
  }).wrap(next, host)
  return {
    ...verbs,
    ...(readOne !== undefined && {
      readOne(key, call) {
        if (!observer.heeds('read')) return readOne(key, call)
        const found = observer.observe({ verb: 'read', keys: [key], call }, () =>
          andThen(readOne(key, call), (one) => [one]),
        )
        return andThen(found, ([one]) => one)
      },
    }),
    ...(next.streams !== undefined && { streams: observedStreams(next.streams, observer) }),
  }
}

function observedStreams({ read, write }: StreamVerbs, observer: Observer): StreamVerbs {
  return {
    read: (key, call) =>
      observer.heeds('read')
        ? observer.observe({ verb: 'read', keys: [key], call }, () => read(key, call))
        : read(key, call),
    write: (change, body, call) =>
      observer.heeds('write')
        ? observer.observe({ verb: 'write', changes: [change], call }, () => write(change, body, call))
        : write(change, body, call),
  }
}

/** The keys of a read or a write. */
export function keysOf({ keys, changes }: Observed): readonly string[] | undefined {
  return keys ?? changes?.map(({ key }) => key)
}
