/** What drivers are measured with, so that they and the stores over them do the same work. */

import { type Bytes, json } from '@cachette/core'
import type { Value } from '../harness/face.js'

const codec = json<Value>()

/** What the drivers are given: bytes as they are, all else through the codec that the cache has by default. */
export const encoded = (value: Value): Bytes => {
  if (value instanceof Uint8Array) return value
  const coded = codec.encode(value)
  return coded instanceof Uint8Array ? coded : coded.bytes
}

/** Values of a group are all of one kind; the first byte of JSON here is `{`, and values of bytes are given as they are. */
type Decode = (bytes: Bytes | undefined) => unknown

export const decodes = (): { decode: Decode; note(value: Value): void } => {
  let raw = false
  return {
    note(value) {
      raw = value instanceof Uint8Array
    },
    decode: (bytes) => (bytes === undefined || raw ? bytes : codec.decode(bytes, undefined)),
  }
}
