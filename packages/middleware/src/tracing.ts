/**
 * Tells `node:diagnostics_channel` of every call, as tracing channels: for spans, and for whatever else wants to know.
 *
 * Stands outermost: inside `retry` each attempt would be a trace of its own, and what `failOpen` or a breaker answers
 * would be seen by nobody. Right above the store it shows what reaches the store; there may be one in each place.
 *
 * Costs a look at a flag for each call while nobody listens. It fails nothing: what a subscriber throws, Node tells as
 * an uncaught exception, and the call goes on.
 */

import { channel, tracingChannel } from 'node:diagnostics_channel'
import {
  type AnyLayer,
  type Awaitable,
  checkOptions,
  type Host,
  isPromise,
  type LoadEvent,
  RULES,
  type Rules,
  type Store,
  type Verbs,
} from '@cachette/core'
import { keysOf, type Observed, observing } from './observing.js'

export interface TracingOptions {
  /** What the names of the channels begin with. Default `cachette`. */
  readonly prefix?: string | undefined
}

/** What subscribers are given: one object from the start of a call to its end. There is no value in it. */
export interface Trace {
  readonly verb: 'read' | 'write' | 'scan' | 'clear'
  /** The name of the store below. */
  readonly store: string
  /** The call's own, the same in the events of the cache. */
  readonly id: number
  /** Whether the cache makes it on its own account: a lease, a second look. */
  readonly aside: boolean
  /** Of a read or a write. */
  readonly keys: readonly string[] | undefined
  /** Of a scan or a clear. */
  readonly prefix: string | undefined
  /** At the end: how many keys were found, changes took effect, or entries are on the page. */
  count?: number | undefined
  /** At the end of a call that failed. */
  error?: unknown
}

/** What subscribers to `cachette:load` are given, once a load has ended. */
export interface LoadTrace extends LoadEvent {
  readonly store: string
}

export const TRACING_DEFAULTS = { prefix: 'cachette' } as const

const OPTION_RULES: Rules<TracingOptions> = { prefix: RULES.text }

export function tracing(options: TracingOptions = {}): AnyLayer {
  const { prefix = TRACING_DEFAULTS.prefix } = checkOptions('tracing', options, OPTION_RULES)
  const channels = {
    read: tracingChannel<unknown, Trace>(`${prefix}:read`),
    write: tracingChannel<unknown, Trace>(`${prefix}:write`),
    scan: tracingChannel<unknown, Trace>(`${prefix}:scan`),
    clear: tracingChannel<unknown, Trace>(`${prefix}:clear`),
  }
  const loads = channel(`${prefix}:load`)
  return {
    name: 'tracing',
    wrap<V>(next: Store<V>, host: Host): Verbs<V> {
      host.on('load', (event) => {
        if (loads.hasSubscribers) loads.publish({ ...event, store: next.name } satisfies LoadTrace)
      })
      return observing('tracing', next, host, {
        heeds: (verb) => channels[verb].hasSubscribers,
        observe: (observed, proceed) => trace(channels[observed.verb], traceOf(observed, next.name), proceed),
      })
    },
  }
}

type Channels = ReturnType<typeof tracingChannel<unknown, Trace>>

function traceOf(observed: Observed, store: string): Trace {
  const { verb, call, prefix } = observed
  const facts = { verb, store, id: call.id, aside: call.aside === true, keys: keysOf(observed), prefix }
  return { ...facts, count: undefined, error: undefined }
}

/** As Node's own `traceSync` and `tracePromise` do, which want to be told beforehand which of the two it will be. */
function trace<R>(channels: Channels, context: Trace, proceed: () => Awaitable<R>): Awaitable<R> {
  const { start, end, asyncStart, asyncEnd, error } = channels
  const failed = (failure: unknown): void => {
    context.error = failure
    error.publish(context)
  }
  const resumed = (): void => {
    asyncStart.publish(context)
    asyncEnd.publish(context)
  }
  return start.runStores(context, () => {
    try {
      const answer = proceed()
      if (!isPromise(answer)) {
        context.count = countOf(answer)
        return answer
      }
      return answer.then(
        (given) => {
          context.count = countOf(given)
          resumed()
          return given
        },
        (failure: unknown) => {
          failed(failure)
          resumed()
          throw failure
        },
      )
    } catch (failure) {
      failed(failure)
      throw failure
    } finally {
      end.publish(context)
    }
  })
}

/** What was found or done, or is on a page; nothing for what has no number. */
function countOf(answer: unknown): number | undefined {
  if (Array.isArray(answer)) return answer.filter((one) => one !== undefined && one !== false).length
  const isPage = typeof answer === 'object' && answer !== null && 'done' in answer && 'value' in answer
  return isPage ? (countOf(answer.value) ?? 0) : undefined
}
