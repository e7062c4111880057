import type { Bytes, Codec, LawId, Layer, Shell, Store } from '@cachette/core'
import type { CacheSubject } from '../cache.js'
import type { CodecSubject } from '../codec/check.js'
import { detached } from '../detached.js'
import type { LayerSubject } from '../layer.js'
import { ReferenceStore } from '../reference.js'
import { type ReferenceClass, referenceSubject } from '../reference-subject.js'
import type { Subject } from '../subject.js'

/** A small broken store, layer, codec or handle: the proof that a law is tried, and not only written down. */
export type Mutant = StoreMutant | LayerMutant | CodecMutant | HandleMutant

interface MutantFacts {
  readonly name: string
  /** What it does wrong, and who has been seen to do it. */
  readonly models: string
  /** The law that must find it. */
  readonly law: LawId
}

export interface StoreMutant extends MutantFacts {
  readonly kind: 'store'
  readonly subject: Subject
}

export interface LayerMutant extends MutantFacts {
  readonly kind: 'layer'
  readonly subject: LayerSubject
}

interface HandleMutant extends MutantFacts {
  readonly kind: 'handle'
  readonly subject: CacheSubject
}

export interface CodecMutant extends MutantFacts {
  readonly kind: 'codec'
  readonly subject: CodecSubject
}

export function storeMutant(name: string, law: LawId, models: string, Broken: ReferenceClass): StoreMutant {
  return { kind: 'store', name, law, models, subject: referenceSubject(name, Broken) }
}

/** A correct store in a shell that goes wrong: for the laws that the shell keeps for every store. */
export function shellMutant(
  name: string,
  law: LawId,
  models: string,
  breaks: (shell: Shell<Bytes>) => Partial<Store>,
  Base: ReferenceClass = ReferenceStore,
): StoreMutant {
  const dress = (shell: Shell<Bytes>): Store => ({ ...detached(shell), ...breaks(shell) })
  return { kind: 'store', name, law, models, subject: { ...referenceSubject(name, Base), dress } }
}

export function layerMutant(name: string, law: LawId, models: string, wrap: Layer['wrap']): LayerMutant {
  return { kind: 'layer', name, law, models, subject: { name, layer: () => ({ name, wrap }) } }
}

export function codecMutant(
  name: string,
  law: LawId,
  models: string,
  codec: () => Pick<Codec, 'encode' | 'decode'>,
): CodecMutant {
  return { kind: 'codec', name, law, models, subject: { name, codec: () => ({ name, ...codec() }) } }
}
