import { KeyvEntries, type KeyvStore } from './adapter.js'
import { type KeyvOptions, parse } from './options.js'

export type { KeyvLike } from './backing.js'
export { asKeyv, type CacheLike, type KeyvFace, type KeyvFaceEntry } from './face.js'
export type { KeyvOptions, KeyvStore }

/** A byte store in any store that Keyv can use, which stays its owner's to close. */
export function keyv(options: KeyvOptions): KeyvStore {
  return new KeyvEntries(parse(options))
}
