/**
 * Writes down every call that reaches it, and what it came to, as plain data; `replay` makes the same calls again, of
 * this store or another. So what went wrong somewhere else can be looked at here, call by call.
 *
 * Place: last, or wherever you want to see what passes. Outside `retry` it shows what was asked, inside it each attempt.
 * Cost: an object for each call, and one for each key; with `values`, a copy of each value that is written.
 * Failure: none of its own. Streams pass by it unseen.
 */

import { type AnyLayer, type Call, compose, newCall, RULES, type Rules, type Store, type Verbs } from '@cachette/core'
import { promised } from '@cachette/core/adapter'
import type { RecordedCall } from './record/calls.js'
import { changeOf } from './record/plain.js'
import { Recording, recorded } from './record/recorder.js'
import { type Settings, settle } from './settings.js'

export type {
  RecordedAnswer,
  RecordedCall,
  RecordedChange,
  RecordedEntry,
  RecordedQuestion,
  RecordedTime,
  RecordedVersion,
} from './record/calls.js'

export interface RecordOptions {
  /** Also what was written: the values. They may be secret. Default false. */
  readonly values?: boolean | undefined
  /** How many calls are kept; the oldest are dropped. Default 10,000. */
  readonly maxCalls?: number | undefined
  /** While false, calls pass unheard. Default true. */
  readonly enabled?: boolean | undefined
}

export type RecordSettings = Settings<RecordOptions>

export const RECORD_DEFAULTS: RecordSettings = { values: false, maxCalls: 10_000, enabled: true }

const ACCEPTED: Rules<RecordOptions> = {
  values: RULES.boolean,
  maxCalls: RULES.positiveInteger,
  enabled: RULES.boolean,
}

/** The layer and its handle. */
export interface Recorder extends AnyLayer {
  /** What has been written down, in the order in which the calls were begun. */
  readonly calls: readonly RecordedCall[]
  /** Forgets them. */
  clear(): void
  configure(options: RecordOptions): void
}

const NAME = 'record'

export function record(options: RecordOptions = {}): Recorder {
  let settings = settle(NAME, RECORD_DEFAULTS, options, ACCEPTED)
  const recording = new Recording()
  return {
    name: NAME,
    state: 'own',
    wrap<V>(next: Store<V>): Verbs<V> {
      return recorded(
        next,
        (question, call) => (settings.enabled ? recording.begin(question, call, settings.maxCalls) : () => undefined),
        () => settings.values,
      )
    },
    get calls() {
      return recording.calls
    },
    clear: () => recording.clear(),
    configure(changed) {
      settings = settle(NAME, settings, changed, ACCEPTED)
    },
  }
}

/**
 * Makes the calls of a recording again, one after the other, in the order in which they were begun and at the times that
 * they were judged by. Gives what they came to this time, in the same form: where the stores agree, that equals the
 * recording. The store may be an adapter, or a stack made by `compose`; it is not closed.
 */
export async function replay<V>(calls: readonly RecordedCall[], store: Store<V>): Promise<readonly RecordedCall[]> {
  const recorder = record({ values: calls.some(holdsValues), maxCalls: Math.max(calls.length, 1) })
  const stack = compose(store, [recorder])
  // What a call fails with is written down like any other answer.
  for (const call of calls) await promised(() => make(call, stack)).catch(() => undefined)
  return recorder.calls
}

function holdsValues(call: RecordedCall): boolean {
  return (
    call.verb === 'write' &&
    call.changes.some(({ entry }) => entry !== undefined && ('bytes' in entry || 'value' in entry))
  )
}

async function make<V>(asked: RecordedCall, store: Store<V>): Promise<void> {
  const terms = asked.verb === 'read' || asked.verb === 'scan' ? { want: asked.want, show: asked.show } : {}
  const call: Call = newCall(asked.now, terms)
  if (asked.verb === 'read') await store.read(asked.keys, call)
  else if (asked.verb === 'clear') await store.clear(asked.prefix, call)
  else if (asked.verb === 'scan') for await (const page of store.scan(asked.prefix, call)) void page
  else {
    const isBytes = store.traits.values === 'bytes'
    const changes = asked.changes.map((change) => changeOf<V>(change, isBytes))
    await store.write(changes, call)
  }
}
