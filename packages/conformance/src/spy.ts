import type { Awaitable, Call, Change, Found, Page, Store } from '@cachette/core'
import fc, { type Arbitrary } from 'fast-check'

/** A verb as it reached the store below. */
export type Seen =
  | { readonly verb: 'read'; readonly keys: readonly string[]; readonly call: Call }
  | { readonly verb: 'write'; readonly changes: readonly Change<unknown>[]; readonly call: Call }
  | { readonly verb: 'scan' | 'clear'; readonly prefix: string; readonly call: Call }

/** Stands between layers and the store below, and meets what reaches it. */
export class Spy {
  /** A new one for each value that is tried. */
  static readonly each: Arbitrary<Spy> = fc.constant(undefined).map(() => new Spy())

  closes = 0
  /** Called before each verb. What it throws is the answer, at once; what it returns is waited for. */
  meets: ((seen: Seen) => Awaitable<void>) | undefined

  on(store: Store<unknown>): Store<unknown> {
    return {
      name: store.name,
      contract: store.contract,
      traits: store.traits,
      streams: store.streams,
      read: (keys, call) =>
        this.#pass<readonly (Found<unknown> | undefined)[]>({ verb: 'read', keys, call }, () => store.read(keys, call)),
      write: (changes, call) =>
        this.#pass<readonly boolean[]>({ verb: 'write', changes, call }, () => store.write(changes, call)),
      scan: (prefix, call) => this.#pages({ verb: 'scan', prefix, call }, () => store.scan(prefix, call)),
      clear: (prefix, call) => this.#pass<void>({ verb: 'clear', prefix, call }, () => store.clear(prefix, call)),
      close: () => {
        this.closes += 1
        return store.close()
      },
    }
  }

  #pass<T>(seen: Seen, run: () => Awaitable<T>): Awaitable<T> {
    const met = this.meets?.(seen)
    return met === undefined ? run() : met.then(run)
  }

  async *#pages(seen: Seen, run: () => AsyncIterable<Page<unknown>>): AsyncIterable<Page<unknown>> {
    await this.meets?.(seen)
    yield* run()
  }
}
