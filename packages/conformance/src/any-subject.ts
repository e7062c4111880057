import type { LawId } from '@cachette/core'
import type { CodecSubject } from './codec/check.js'
import { CODEC_CHECKS } from './codec/checks.js'
import { checkCodec } from './codec.js'
import { CHECKS } from './laws/index.js'
import { checkLayer, checkStack, type LayerSubject, type StackSubject } from './layer.js'
import { invalid } from './options.js'
import type { Report } from './results.js'
import { checkStore } from './run.js'
import { ALL_LAWS, type CheckOptions } from './run-options.js'
import type { Subject } from './subject.js'

/** Whatever an author may hand in: a store, a layer, a list of layers, or a codec. */
export type AnySubject = Subject<unknown> | LayerSubject<unknown> | StackSubject<unknown> | CodecSubject

/** Checks a subject of any kind. */
export function checkAny(subject: AnySubject, options?: CheckOptions): Promise<Report> {
  if ('open' in subject) return checkStore(subject, options)
  if ('layers' in subject) return checkStack(subject, options)
  if ('layer' in subject) return checkLayer(subject, options)
  if ('codec' in subject) return checkCodec(subject, options)
  throw invalid('expected a subject with open (a store), layer, layers or codec, got none of them')
}

export function isSubject(value: unknown): value is AnySubject {
  if (typeof value !== 'object' || value === null || !('name' in value)) return false
  return ['open', 'layer', 'layers', 'codec'].some((hook) => typeof Reflect.get(value, hook) === 'function')
}

/** The laws that a subject of its kind is held to, in order. */
export function lawsFor(subject: AnySubject, options: CheckOptions = {}): readonly LawId[] {
  const isStore = 'open' in subject
  const checks: readonly { readonly law: LawId }[] = 'codec' in subject ? CODEC_CHECKS : CHECKS
  const wanted = options.laws ?? ALL_LAWS
  return ALL_LAWS.filter((law) => {
    return wanted.includes(law) && checks.some((check) => check.law === law) && !(isStore && law.startsWith('Y'))
  })
}
