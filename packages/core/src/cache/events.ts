import type { Notice } from '../layer.js'
import { tellAll } from '../listeners.js'
import { getOrMake } from '../maps.js'
import { checkArgument, hint, wrong } from '../options.js'

/** The verbs that tell of themselves, each in an event of its own name. */
export type EventVerb = 'get' | 'set' | 'add' | 'delete' | 'take' | 'has' | 'update' | 'touch' | 'scan' | 'clear'

export interface VerbEvent {
  /** The same in every event that one call brings about. */
  readonly id: number
  readonly keys: readonly string[]
  /** What became of each key: found fresh, found stale, or not found; done, or not. */
  readonly outcomes: readonly ('hit' | 'stale' | 'miss' | 'done' | 'refused')[]
}

export interface LoadEvent {
  readonly id: number
  readonly key: string
  /** How long the loader took. */
  readonly ms: number
  /** `discarded`: the key was changed meanwhile. `skipped`: the loader asked not to store it. `unstored`: the write failed. */
  readonly outcome: 'stored' | 'discarded' | 'skipped' | 'unstored' | 'failed'
  readonly error?: unknown
}

export interface RefreshEvent {
  readonly id: number
  readonly key: string
  readonly reason: 'stale' | 'ahead'
}

export type NoticeEvents = { readonly [N in Notice as N['type']]: N }

export interface CacheEvents extends Readonly<Record<EventVerb, VerbEvent>>, NoticeEvents {
  readonly load: LoadEvent
  readonly refresh: RefreshEvent
  readonly close: { readonly name: string }
}

export type CacheEventName = keyof CacheEvents

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
