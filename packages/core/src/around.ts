import type { Awaitable, Call, Change, Page, Store } from './contract.js'
import type { AnyLayer, Host, LayerFacts, Verbs } from './layer.js'
import { LAYER_RULES } from './layer-rules.js'
import { checkOptions, FUNCTION, type Rules } from './options.js'

/** One verb on its way down. Of a scan, each page is an operation of its own. */
export type Passing =
  | { readonly verb: 'read'; readonly keys: readonly string[]; readonly call: Call }
  | { readonly verb: 'write'; readonly changes: readonly Change<unknown>[]; readonly call: Call }
  | { readonly verb: 'scan'; readonly prefix: string; readonly call: Call }
  | { readonly verb: 'clear'; readonly prefix: string; readonly call: Call }

/** Goes on to the store below, with another call if one is given; may be asked again. */
export type Proceed<R> = (call?: Call) => Awaitable<R>

export interface Around extends LayerFacts {
  /** The same about every verb. Give back what `proceed` gives: at once where it is ready. */
  around<R>(this: void, passing: Passing, proceed: Proceed<R>, host: Host): Awaitable<R>
}

const RULES: Rules<Around> = /* @__PURE__ */ Object.assign({}, LAYER_RULES, { around: FUNCTION })

/** A layer that does the same about every verb: measuring, retrying, breaking, tracing. */
export function around(options: Around): AnyLayer {
  const { around: about, ...facts } = checkOptions('around', options, RULES, ['name', 'around'])
  return {
    ...facts,
    wrap<V>(next: Store<V>, host: Host): Verbs<V> {
      return {
        read: (keys, call) => about({ verb: 'read', keys, call }, (other = call) => next.read(keys, other), host),
        write: (changes, call) =>
          about({ verb: 'write', changes, call }, (other = call) => next.write(changes, other), host),
        clear: (prefix, call) =>
          about({ verb: 'clear', prefix, call }, (other = call) => next.clear(prefix, other), host),
        scan: (prefix, call) =>
          pages(next, prefix, call, (proceed) => about({ verb: 'scan', prefix, call }, proceed, host)),
      }
    },
  }
}

async function* pages<V>(
  next: Store<V>,
  prefix: string,
  call: Call,
  about: (proceed: Proceed<IteratorResult<Page<V>>>) => Awaitable<IteratorResult<Page<V>>>,
): AsyncIterable<Page<V>> {
  const source = next.scan(prefix, call)[Symbol.asyncIterator]()
  let failure: { readonly error: unknown } | undefined
  // A generator that failed says that it is done when asked again: a retry would take that for the end.
  const turn = async (): Promise<IteratorResult<Page<V>>> => {
    if (failure !== undefined) throw failure.error
    try {
      return await source.next()
    } catch (error) {
      failure = { error }
      throw error
    }
  }
  try {
    for (;;) {
      const page = await about(turn)
      if (page.done === true) return
      yield page.value
    }
  } finally {
    await source.return?.()
  }
}
