import type { Clock } from './clock.js'
import type { Bytes, Store, Traits } from './contract.js'
import type { LawId } from './laws.js'
import type { CacheEventName, CacheEvents, Notice } from './told.js'
import type { Versions } from './versions.js'

/** What a layer is handed beside the store below it. */
export interface Host {
  readonly clock: Clock
  readonly versions: Versions
  /** Tells the listeners of the cache. */
  report(notice: Notice): void
  /** Listens to the cache, as its own `on` does, for as long as it is open. Outside of a cache nothing is told. */
  on<N extends CacheEventName>(name: N, listener: (event: CacheEvents[N]) => void): () => void
  /** Work that `close()` waits for. A failure is reported, never unhandled. */
  background(work: Promise<unknown>): void
}

/**
 * The verbs a layer changes, and traits or streams where it changes those. All others pass through. `readOne` gives
 * exactly what `read` of that key gives; a layer that changes `read` and leaves it out is asked by batches of one.
 */
export type Verbs<V> = Partial<
  Pick<Store<V>, 'read' | 'readOne' | 'write' | 'scan' | 'clear' | 'close' | 'traits' | 'streams'>
>

/** What the store below must declare, as a list of values that will do. */
export type Needs = { readonly [T in keyof Traits]?: readonly Traits[T][] }

/** Where a layer may stand among the others of its list, by their names. */
export interface Place {
  /** Names of layers that must stand further out (further left) where they are present. */
  readonly inside?: readonly string[]
  /** Names of layers that must stand further in (further right) where they are present. */
  readonly outside?: readonly string[]
}

/** What a layer says of itself. */
export interface LayerFacts {
  readonly name: string
  readonly needs?: Needs | undefined
  readonly place?: Place | undefined
  /** Laws that it changes on purpose; the kit holds it to all others. */
  readonly changes?: readonly LawId[] | undefined
  /** `own`: it stands in one cache at a time. `shared`: its state may serve several. Default: it has none. */
  readonly state?: 'own' | 'shared' | undefined
  /** It stores keys under other names, so its caches share no loads with others of the store. Default false. */
  readonly renames?: boolean | undefined
  /**
   * It gives entries other lifetimes than they came with. What binds lifetimes (`bindsHeader` of a coding) must then
   * stand inside it, or find every entry changed; a wrong stack is refused. Default false.
   */
  readonly retimes?: boolean | undefined
  /**
   * It makes one call of those of several callers (`Call.joins`), which goes on in their turns. Those are by the names
   * of keys, so it cannot stand in one stack with what renames them; such a stack is refused. Default false.
   */
  readonly joins?: boolean | undefined
}

/** A layer of the pipeline: it turns a `Store<Inner>` into a `Store<Outer>`. */
export interface Layer<Outer = Bytes, Inner = Outer> extends LayerFacts {
  wrap(next: Store<Inner>, host: Host): Verbs<Outer>
}

/** A layer that leaves values alone, and so stands over any store. */
export interface AnyLayer extends LayerFacts {
  wrap<V>(next: Store<V>, host: Host): Verbs<V>
}
