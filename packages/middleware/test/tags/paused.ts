import type { Awaitable, Store, Traits } from '@cachette/core'

/** Counts what a store is asked, and lets something happen before and after the one that is waited for. */
export class Points {
  passed = 0
  readonly #at: number
  readonly #happen: () => Promise<unknown>

  constructor(at: number, happen: () => Promise<unknown>) {
    this.#at = at
    this.#happen = happen
  }

  async pass(): Promise<void> {
    this.passed += 1
    if (this.passed === this.#at) await this.#happen()
  }
}

/** The store as one more process sees it: everything later, and at each turn there is a point where it may be held up. */
export function paused<V>(store: Store<V>, points: { pass(): Promise<void> }, traits: Partial<Traits>): Store<V> {
  const held = async <T>(work: () => Awaitable<T>): Promise<T> => {
    await points.pass()
    const answer = await work()
    await points.pass()
    return answer
  }
  return {
    name: store.name,
    contract: 1,
    traits: { ...store.traits, sync: 'none', streams: false, ...traits },
    read: (keys, call) => held(() => store.read(keys, call)),
    write: (changes, call) => held(() => store.write(changes, call)),
    scan: (prefix, call) => store.scan(prefix, call),
    clear: (prefix, call) => held(() => store.clear(prefix, call)),
    close: () => undefined,
  }
}
