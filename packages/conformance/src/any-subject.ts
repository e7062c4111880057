import type { LawId } from '@cachette/core'
import { CHECKS } from './laws/index.js'
import { checkLayer, checkStack, type LayerSubject, type StackSubject } from './layer.js'
import { invalid } from './options.js'
import type { Report } from './results.js'
import { checkStore } from './run.js'
import type { CheckOptions } from './run-options.js'
import type { Subject } from './subject.js'

/** Whatever an author may hand in: a store, a layer, or a list of layers. */
export type AnySubject = Subject<unknown> | LayerSubject<unknown> | StackSubject<unknown>

/** Checks a subject of any kind. */
export function checkAny(subject: AnySubject, options?: CheckOptions): Promise<Report> {
  if ('open' in subject) return checkStore(subject, options)
  if ('layers' in subject) return checkStack(subject, options)
  if ('layer' in subject) return checkLayer(subject, options)
  throw invalid('expected a subject with open (a store), layer or layers, got none of them')
}

export function isSubject(value: unknown): value is AnySubject {
  if (typeof value !== 'object' || value === null || !('name' in value)) return false
  return ['open', 'layer', 'layers'].some((hook) => typeof Reflect.get(value, hook) === 'function')
}

/** The laws that a subject of its kind is held to, in order. */
export function lawsFor(subject: AnySubject, options: CheckOptions = {}): readonly LawId[] {
  const isLayer = !('open' in subject)
  const laws = [...new Set(CHECKS.map(({ law }) => law))].filter((law) => isLayer || !law.startsWith('Y'))
  return options.laws === undefined ? laws : laws.filter((law) => options.laws?.includes(law))
}
