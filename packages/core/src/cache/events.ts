import { tellAll } from '../listeners.js'
import { getOrMake } from '../maps.js'
import { checkArgument, hint, wrong } from '../options.js'
import type { CacheEventName, CacheEvents, Notice } from '../told.js'

const NAMES: Readonly<Record<CacheEventName, true>> = {
  get: true,
  set: true,
  add: true,
  delete: true,
  take: true,
  has: true,
  update: true,
  touch: true,
  scan: true,
  clear: true,
  load: true,
  refresh: true,
  damage: true,
  evict: true,
  invalidate: true,
  failure: true,
  close: true,
}

type Listener<E> = (event: E) => void

/** Typed listeners. One that throws disturbs nobody: not the call, not the other listeners. */
export class Events {
  readonly #listeners = new Map<CacheEventName, Set<Listener<never>>>()

  /** Asked before an event is put together, so that one that nobody hears costs nothing. */
  hears(name: CacheEventName): boolean {
    return this.#listeners.size > 0 && this.#listeners.has(name)
  }

  on<N extends CacheEventName>(name: N, listener: Listener<CacheEvents[N]>): () => void {
    if (!Object.hasOwn(NAMES, name)) throw wrong(`there is no event "${name}"${hint(name, Object.keys(NAMES))}`)
    checkArgument('on', 'the listener', listener, 'function')
    const listeners = getOrMake(this.#listeners, name, () => new Set())
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0) this.#listeners.delete(name)
    }
  }

  /** What stores and layers have to tell, as an event of its type. */
  notice(notice: Notice): void {
    if (this.hears(notice.type)) this.#call(notice.type, notice)
  }

  emit<N extends CacheEventName>(name: N, event: CacheEvents[N]): void {
    this.#call(name, event)
  }

  #call(name: CacheEventName, event: unknown): void {
    // `on` has tied each listener's type to the name.
    tellAll((this.#listeners.get(name) ?? []) as Iterable<Listener<unknown>>, event)
  }
}
