import type { Bytes, LawId } from '@cachette/core'
import type { MakeCache } from './handle/handles.js'
import { HANDLE_CHECKS } from './laws/index.js'
import type { Report } from './results.js'
import { checkStore } from './run.js'
import type { CheckOptions } from './run-options.js'
import type { Subject } from './subject.js'

/** What the author of a handle of another make supplies. */
export interface CacheSubject<V = Bytes> extends Subject<V> {
  /** Makes the cache over a store. Default: `createCache`, with the codec that it takes by itself. */
  readonly cache?: MakeCache | undefined
}

const HANDLE_LAWS: readonly LawId[] = [...new Set(HANDLE_CHECKS.map(({ law }) => law))]

/** Holds a cache over the subject's store to the laws of handles. `checkStore` does so too, among all others. */
export async function checkCache<V = Bytes>(subject: CacheSubject<V>, options: CheckOptions = {}): Promise<Report> {
  const laws = HANDLE_LAWS.filter((law) => options.laws?.includes(law) !== false)
  return checkStore(subject, { ...options, laws })
}
