import type { Awaitable, Bytes, Call, Shell, Store, ValueLayer } from '@cachette/core'
import type { Facts } from './check.js'
import type { Subject } from './subject.js'

/** A subject whose store stands in layers. */
export interface LayeredSubject<V = Bytes> extends Subject<V> {
  dress(shell: Shell<V>): Store<V>
  /** New ones of those layers that can also turn the values of a cache into bytes. */
  encode?(): readonly ValueLayer[]
  /** Makes the layers hide what is stored under the key. Without it Y2 is not checked. */
  hide?(store: Store<V>, key: string, call: Call): Awaitable<void>
}

export function isLayered(subject: Subject<unknown>): subject is LayeredSubject<unknown> {
  return subject.dress !== undefined
}

export const throughLayers = ({ subject }: Facts): true | string => isLayered(subject) || 'no layer is round it'

export const whenItHides = ({ subject }: Facts): true | string =>
  (isLayered(subject) && subject.hide !== undefined) || 'nobody said how the layer hides an entry'
