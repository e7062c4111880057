import type { Codec } from '@cachette/core'
import { Packr } from 'msgpackr'
import { scanMsgpack } from './msgpack-scan.js'
import { packed, plainBytes } from './packed.js'

/**
 * MessagePack: smaller than JSON, quicker to read, and everything that structured clone carries comes back as it was.
 * What it cannot carry is refused with `INVALID_VALUE` and the path to it. Each entry can be read alone.
 */
export function msgpack<V = unknown>(): Codec<V> {
  const maps = new Packr({ useRecords: false, variableMapSize: true, copyBuffers: true })
  const records = new Packr({ useRecords: true })
  return packed({
    name: 'msgpack',
    dates: true,
    pack: (value, layout) => plainBytes((layout === 'records' ? records : maps).pack(value)),
    scan: scanMsgpack,
    unpack: (bytes): unknown => maps.unpack(bytes),
  })
}
