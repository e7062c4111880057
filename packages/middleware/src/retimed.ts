import type { AnyLayer, Call, Entry, Header, LayerFacts, Store, StreamVerbs, Verbs } from '@cachette/core'

/** What such a layer changes of a header: its times, and marks where these speak of times. */
export type Times = Pick<Header, 'staleAt' | 'expiresAt' | 'keptUntil' | 'marks'>

/** Other times for what is to be stored under a key; `undefined` leaves it as it is. */
export type Retime = (key: string, header: Header, call: Call) => Times | undefined

/**
 * A layer that gives values other lifetimes as they are written, streams included. Leases and tombstones live as long as
 * those who made them say.
 */
export function retimed(facts: LayerFacts, retime: Retime): AnyLayer {
  return {
    ...facts,
    retimes: true,
    wrap<V>(next: Store<V>): Verbs<V> {
      const { streams } = next
      return {
        write: (changes, call) =>
          next.write(
            changes.map((change) => {
              const times = timesOf(retime, change.key, change.entry, call)
              return times === undefined ? change : { ...change, entry: withTimes(change.entry, times) }
            }),
            call,
          ),
        ...(streams !== undefined && { streams: retimedStreams(streams, retime) }),
      }
    },
  }
}

function retimedStreams(streams: StreamVerbs, retime: Retime): StreamVerbs {
  return {
    read: (key, call) => streams.read(key, call),
    write(change, body, call) {
      const times = timesOf(retime, change.key, change.header, call)
      return streams.write(
        times === undefined ? change : { ...change, header: { ...change.header, ...times } },
        body,
        call,
      )
    },
  }
}

function timesOf(retime: Retime, key: string, header: Header | undefined, call: Call): Times | undefined {
  return header?.kind === 'value' ? retime(key, header, call) : undefined
}

function withTimes<V>(entry: Entry<V> | undefined, times: Times): Entry<V> | undefined {
  return entry === undefined ? undefined : { ...entry, ...times }
}

/**
 * Whether the lifetime of an entry begins with this call. What is only moved on or copied, or keeps the lifetime of what
 * it replaces, is older: to change that again and again would wear it down.
 */
export function isNew(header: Header, call: Call): boolean {
  return header.createdAt >= call.now
}

/** How long past its end an entry is kept. */
export function graceOf({ expiresAt, keptUntil }: Header): number {
  return expiresAt === Infinity ? 0 : keptUntil - expiresAt
}
