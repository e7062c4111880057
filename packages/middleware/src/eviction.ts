/**
 * Bounds a store by entries, by bytes, or both: what a policy holds to be worth least goes when there is no more room.
 * It removes an entry only as it knew it, never one that was written since.
 *
 * Place: innermost, next to the store. Inside `ttl` and `jitter`, or it would know other lifetimes than the store; inside
 * `tags` and `versioned`, or what they hide and what they note would take room that nobody bounds. Inside `encode`, where
 * no such layer can stand, it would know neither sizes nor reads.
 * Cost: a look into a map and a mark for each read; about 85 bytes for each entry, and some more by policy; a removal for
 * each eviction. At opening it looks through all headers once, aside.
 * Failure: a removal that fails is reported, and tried again along with the next; reads and writes never fail for it. What
 * is under way is not waited for, so for a moment there may be more than the limit says.
 */

import { type AnyLayer, CacheError, checkOptions, type Host, type Store, type Traits, type Verbs } from '@cachette/core'
import { tellAll } from '@cachette/core/adapter'
import { Evictor } from './eviction/evictor.js'
import {
  ACCEPTED,
  EVICTION_DEFAULTS,
  type EvictionLimits,
  type EvictionOptions,
  type EvictionSettings,
  parseLimits,
} from './eviction/options.js'
import { type Removal, Removals } from './eviction/removals.js'

export {
  EVICTION_DEFAULTS,
  type EvictionLimits,
  type EvictionOptions,
  type EvictionSettings,
} from './eviction/options.js'

import { checkListener } from './settings.js'

export type { PolicyName } from './eviction/policies.js'
export type { Removal, RemovalCause } from './eviction/removals.js'

/** The layer and its handle. It stands in one cache. */
export interface Eviction extends AnyLayer {
  /** How many entries are there, as far as is known. */
  readonly entries: number
  /** What they weigh. */
  readonly bytes: number
  readonly limits: Readonly<Required<EvictionLimits>>
  /** How often entries were read. */
  readonly uses: number
  /** Settles when all that was in the store at opening is known, or it was closed before that. */
  readonly known: Promise<void>
  /** Changes policy and limits. Nothing is dropped but what there is no more room for. */
  configure(limits: EvictionLimits): void
  /** The same for the limits alone. */
  resize(limits: Omit<EvictionLimits, 'policy'>): void
  /** Holds no more than so many entries, whatever the limits say; `Infinity` lifts that. For whoever shares out memory. */
  squeeze(entries: number): void
  /** Told whenever some hundreds of entries have come; gives the way to stop. */
  onAdded(listener: () => void): () => void
  /** Hears of each entry that is gone or replaced, and why; gives the way to stop. */
  onRemoval(listener: (removal: Removal) => void): () => void
}

const NAME = 'eviction'

export function eviction(options: EvictionOptions): Eviction {
  const { weigh, pinned, scope, ...limits } = checkOptions(NAME, options, ACCEPTED)
  const removals = new Removals()
  const watchers = new Set<(event: undefined) => void>()
  let squeezed = Infinity
  let settings: EvictionSettings = parseLimits(limits, EVICTION_DEFAULTS)
  let evictor: Pick<Evictor<never>, 'entries' | 'bytes' | 'uses' | 'known' | 'configure' | 'squeeze'> | undefined
  let values: Traits['values'] = 'bytes'
  const configure = (changed: EvictionLimits): void => {
    const next = parseLimits(changed, settings)
    checkWeigh(next, weigh, values)
    settings = next
    evictor?.configure(settings)
  }
  return {
    name: NAME,
    needs: { scan: ['ordered', 'unordered'], conditional: ['process', 'shared'] },
    place: { inside: ['ttl', 'jitter', 'tags', 'versioned'] },
    state: 'own',
    get entries() {
      return evictor?.entries ?? 0
    },
    get bytes() {
      return evictor?.bytes ?? 0
    },
    get limits() {
      return settings
    },
    get uses() {
      return evictor?.uses ?? 0
    },
    get known() {
      return evictor?.known ?? Promise.resolve()
    },
    configure,
    resize: configure,
    squeeze(entries) {
      if (!(entries > 0)) throw new CacheError('INVALID_OPTION', `squeeze: expected a positive number, got ${entries}`)
      squeezed = entries
      evictor?.squeeze(entries)
    },
    onAdded(listener) {
      watchers.add(listener)
      return () => void watchers.delete(listener)
    },
    onRemoval(listener) {
      checkListener('eviction, onRemoval', listener)
      return removals.listen(listener)
    },
    wrap<V>(next: Store<V>, host: Host): Verbs<V> {
      checkScope(next, scope)
      checkWeigh(settings, weigh, next.traits.values)
      values = next.traits.values
      const onAdded = (): void => tellAll(watchers, undefined)
      const bounded = new Evictor({ name: NAME, next, host, settings, weigh, pinned, removals, onAdded })
      if (squeezed < Infinity) bounded.squeeze(squeezed)
      evictor = bounded
      return verbsOf(bounded, next)
    },
  }
}

function verbsOf<V>(evictor: Evictor<V>, next: Store<V>): Verbs<V> {
  const { readOne, streams, traits } = next
  return {
    traits: { ...traits, evicts: traits.evicts === 'any' ? 'any' : 'beyondCapacity' },
    read: (keys, call) => evictor.read(keys, call),
    ...(readOne !== undefined && { readOne: (key, call) => evictor.readOne(key, call, readOne) }),
    write: (changes, call) => evictor.write(changes, call),
    scan: (prefix, call) => evictor.scan(prefix, call),
    clear: (prefix, call) => evictor.clear(prefix, call),
    close: () => evictor.close(),
    ...(streams !== undefined && { streams: evictor.streams(streams) }),
  }
}

function checkScope({ name, traits }: Store<unknown>, scope: EvictionOptions['scope']): void {
  if (!traits.shared || scope !== undefined) return
  const why = 'each process bounds the store by what it has seen of it itself'
  throw new CacheError(
    'INVALID_OPTION',
    `eviction: ${name} is shared with other processes, and ${why}; if that is meant, say scope: 'process'`,
  )
}

/** Values by reference have no size of their own: a limit in bytes would never be reached. */
function checkWeigh({ maxBytes }: EvictionSettings, weigh: EvictionOptions['weigh'], values: Traits['values']): void {
  if (values === 'bytes' || maxBytes === Infinity || weigh !== undefined) return
  throw new CacheError(
    'INVALID_OPTION',
    'eviction: expected weigh, since values by reference have no size; write weigh: (entry) => entry.size where the cache weighs them',
  )
}
