import {
  type Awaitable,
  type Bytes,
  CacheError,
  type Call,
  compose,
  type LawId,
  type Layer,
  MAX_STORE_KEY_BYTES,
  newCall,
  type Shell,
  type Store,
  type ValueLayer,
} from '@cachette/core'
import { detached } from './detached.js'
import { CHECKS } from './laws/index.js'
import type { LayeredSubject } from './layered.js'
import { checkOptions, invalid } from './options.js'
import { ReferenceStore, RemoteReferenceStore } from './reference.js'
import { referenceSubject } from './reference-subject.js'
import type { Report } from './results.js'
import { checkStore } from './run.js'
import type { CheckOptions } from './run-options.js'
import type { Deviation, OpenContext, Subject } from './subject.js'

/** What the author of a stack of layers supplies. */
export interface StackSubject<V = Bytes> {
  readonly name: string
  /** New ones each time, outermost first. */
  layers(): readonly Layer<V>[]
  /**
   * The store below. `ready`, the default: bytes in memory, answering at once. `remote`: the same, answering later, and
   * shared by several. Both can be killed, damaged and cut off; a store of one's own is only opened.
   */
  readonly over?: 'ready' | 'remote' | ((context: OpenContext) => Awaitable<Store<V>>) | undefined
  /** Makes these layers, in this store, hide what is stored under the key. Without it Y2 is not checked. */
  hide?(stack: Stack<V>, key: string, call: Call): Awaitable<void>
  /** Laws that are changed on purpose, beside those that the layers declare themselves. They are not checked. */
  readonly changes?: readonly LawId[] | undefined
  /** Laws that are broken and should not be. */
  readonly deviations?: readonly Deviation[] | undefined
}

/** Layers as they stand in one trial. */
export interface Stack<V> {
  readonly store: Store<V>
  readonly layers: readonly Layer<V>[]
}

/** What the author of one layer supplies. */
export interface LayerSubject<V = Bytes> extends Omit<StackSubject<V>, 'layers'> {
  /** A new one each time. */
  layer(): Layer<V>
}

const STORES = { ready: ReferenceStore, remote: RemoteReferenceStore } as const

const NAMES = ['name', 'over', 'hide', 'changes', 'deviations'] as const

const STORE_LAWS: ReadonlySet<LawId> = new Set(CHECKS.map(({ law }) => law))

/** Holds a layer to every law of a store but those that it declares to change, and to the laws of layers. */
export async function checkLayer<V = Bytes>(subject: LayerSubject<V>, options: CheckOptions = {}): Promise<Report> {
  checkOptions('checkLayer', subject, [...NAMES, 'layer'])
  const { layer, ...rest } = subject
  if (typeof layer !== 'function') throw invalid(`layer: expected a function that makes a layer, got ${typeof layer}`)
  return checkLayers({ ...rest, layers: () => [layer()] }, options, 'layer')
}

/** The same for a list of layers, in the order in which they stand. */
export async function checkStack<V = Bytes>(subject: StackSubject<V>, options: CheckOptions = {}): Promise<Report> {
  checkOptions('checkStack', subject, [...NAMES, 'layers'])
  return checkLayers(subject, options, 'layers')
}

async function checkLayers<V>(
  subject: StackSubject<V>,
  options: CheckOptions,
  kind: 'layer' | 'layers',
): Promise<Report> {
  const { over = 'ready' } = subject
  if (typeof over !== 'function' && !Object.hasOwn(STORES, over)) {
    throw invalid(`over: expected 'ready', 'remote' or a function that opens a store, got ${String(over)}`)
  }
  const changed = new Set([...(subject.changes ?? []), ...subject.layers().flatMap(({ changes }) => changes ?? [])])
  const laws = (options.laws ?? [...STORE_LAWS]).filter((law) => !changed.has(law))
  const report = await checkStore(layered(subject), { ...options, laws })
  return { ...report, opening: { kind, over: typeof over === 'function' ? 'own' : over } }
}

/** The stack as a subject of the store suite. Trials come one after another: the first stack since an opening is on trial. */
function layered<V>({ name, layers, over = 'ready', hide, deviations }: StackSubject<V>): LayeredSubject<unknown> {
  const below: Subject<unknown> =
    typeof over === 'function' ? { name, open: over } : referenceSubject(name, STORES[over])
  let stack: Stack<V> | undefined
  return {
    ...below,
    deviations,
    encode: () => layers().flatMap((layer: object) => (isValueLayer(layer) ? [layer] : [])),
    open(context) {
      stack = undefined
      return below.open(context)
    },
    dress(shell: Shell<V>): Store<V> {
      const fresh = layers()
      const store = guarded(compose(shell, fresh))
      stack ??= { store, layers: fresh }
      return store
    },
    // Below, the key may go by another name: of the few entries of such a trial, all are damaged.
    ...(below.damage !== undefined && {
      damage: async (own) => {
        for await (const page of own.scan('', newCall(Number.NEGATIVE_INFINITY, { show: 'all' }))) {
          for (const [name] of page) await below.damage?.(own, name)
        }
      },
    }),
    ...(hide !== undefined && {
      hide: async (_store, key, call) => {
        if (stack !== undefined) await hide(stack, key, call)
      },
    }),
  }
}

/** Whether it can also stand in the list of a cache that turns values into bytes. */
function isValueLayer(layer: object): layer is ValueLayer {
  return 'coding' in layer
}

/** What a handle does before the first layer: a key that is none never gets as far. */
function guarded<V>(store: Store<V>): Store<V> {
  return {
    ...detached(store),
    read(keys, call) {
      keys.forEach(checkKey)
      return store.read(keys, call)
    },
    write(changes, call) {
      for (const { key } of changes) checkKey(key)
      return store.write(changes, call)
    },
  }
}

function checkKey(key: string): void {
  const isKey = key !== '' && key.isWellFormed() && new TextEncoder().encode(key).length <= MAX_STORE_KEY_BYTES
  if (!isKey) throw new CacheError('INVALID_KEY', 'expected a key, got a string that is none')
}
