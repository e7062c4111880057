import type { Codec } from '@cachette/core'
import { Encoder } from 'cbor-x'
import { scanCbor } from './cbor-scan.js'
import { packed, plainBytes } from './packed.js'

/**
 * CBOR (RFC 8949), for values that programs in other languages read: those that JSON carries, bytes, 64-bit integers
 * and `undefined` are CBOR without tags. All else that structured clone carries comes back as it was too, by a form of
 * its own. What cannot be carried is refused with `INVALID_VALUE` and the path to it.
 */
export function cbor<V = unknown>(): Codec<V> {
  // Its own option for copies is not among its types; and it is what keeps bytes apart from what they were read from.
  const options = { useRecords: false, variableMapSize: true, tagUint8Array: false, copyBuffers: true }
  const encoder = new Encoder(options)
  return packed({
    name: 'cbor',
    dates: false,
    pack: (value) => plainBytes(encoder.encode(value)),
    scan: scanCbor,
    unpack: (bytes): unknown => encoder.decode(bytes),
  })
}
