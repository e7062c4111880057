import type { Awaitable, Call, Change, Found, Page, Store, Traits } from '@cachette/core'
import type { Scheduler } from 'fast-check'

/**
 * The store behind a network that hurries nothing: before each effect, and between it and its answer, the scheduler
 * decides whose turn it is. Calls made together take effect in any order, and are answered in any other, unless
 * something above keeps them in order.
 */
export function scheduled<V>(store: Store<V>, scheduler: Scheduler): Store<V> {
  return new ScheduledStore(store, scheduler)
}

class ScheduledStore<V> implements Store<V> {
  readonly name: string
  readonly contract = 1
  readonly traits: Traits
  readonly streams: Store<V>['streams']
  readonly #store: Store<V>
  readonly #scheduler: Scheduler

  constructor(store: Store<V>, scheduler: Scheduler) {
    this.name = `scheduled ${store.name}`
    this.traits = { ...store.traits, sync: 'none' }
    this.streams = store.streams
    this.#store = store
    this.#scheduler = scheduler
  }

  read(keys: readonly string[], call: Call): Promise<readonly (Found<V> | undefined)[]> {
    return this.#permute(`read ${keys.join(' ')}`, () => this.#store.read(keys, call))
  }

  write(changes: readonly Change<V>[], call: Call): Promise<readonly boolean[]> {
    const name = changes.map(({ key, entry }) => `${entry === undefined ? 'remove' : 'put'} ${key}`).join(' ')
    return this.#permute(name, () => this.#store.write(changes, call))
  }

  async *scan(prefix: string, call: Call): AsyncIterable<Page<V>> {
    const pages = this.#store.scan(prefix, call)[Symbol.asyncIterator]()
    let ended = false
    try {
      for (;;) {
        const next = await this.#permute(`scan ${prefix}`, () => pages.next())
        ended = next.done === true
        if (next.done === true) return
        yield next.value
      }
    } finally {
      if (!ended) await pages.return?.()
    }
  }

  clear(prefix: string, call: Call): Promise<void> {
    return this.#permute(`clear ${prefix}`, () => this.#store.clear(prefix, call))
  }

  close(): Awaitable<void> {
    return this.#store.close()
  }

  async #permute<T>(label: string, effect: () => Awaitable<T>): Promise<T> {
    await this.#scheduler.schedule(Promise.resolve(), `begin ${label}`)
    try {
      return await effect()
    } finally {
      await this.#scheduler.schedule(Promise.resolve(), `answer ${label}`)
    }
  }
}

/** Lets the scheduler go on until the answers are there, and then until nothing is held back any more. */
export async function settleWith<T>(scheduler: Scheduler, answers: Promise<T>): Promise<T> {
  try {
    return await scheduler.waitFor(answers)
  } finally {
    await scheduler.waitIdle()
  }
}
