import { andThen, recover } from '../awaitable.js'
import { byCodec, CODEC_MARK, NO_MARKS } from '../cache/pipeline.js'
import type { Codec } from '../codec.js'
import type { Awaitable, Entry, Found, Marks } from '../contract.js'
import { checkEncode } from '../stack-checks.js'
import { isDamage, type ValueLayer } from '../values.js'

/** A codec, then byte layers: from left to right on the way in. */
export type EncodeList<V> = readonly [Codec<V>, ...ValueLayer[]]

/** What makes entries of any value into entries of bytes and back, for stores that put others to work. */
export interface Encoding<V> {
  /** Whether it may take its time. */
  readonly async: boolean
  encode(entry: Entry<V>, key: string): Awaitable<Entry>
  /** Bytes that are no value give an entry of the kind `damaged`. */
  decode(found: Found, key: string): Awaitable<Found<V>>
}

/** Before each mark that the entry had of its own, so that two encodings, one in the other, keep theirs apart. */
const OWN = 'own.'

/** What the entry counted as before it became bytes, where that was anything. */
const SIZE_MARK = 'own'

const NOTHING = /* @__PURE__ */ new Uint8Array(0)

export function encoding<V>([codec, ...layers]: EncodeList<V>): Encoding<V> {
  checkEncode('encoding', codec, layers)
  const pipeline = byCodec(
    codec,
    layers.map((layer) => layer.coding),
  )
  return {
    async: pipeline.async,
    encode(entry, key) {
      const renamedMarks = renamed(entry.marks, (name) => OWN + name)
      const marks = entry.size === 0 ? renamedMarks : { ...renamedMarks, [SIZE_MARK]: entry.size }
      if (entry.kind !== 'value' && entry.value === undefined) return { ...entry, marks, value: NOTHING, size: 0 }
      return pipeline.encode({ ...entry, marks }, pipeline.seal(entry.value), key)
    },
    decode(found, key) {
      const marks = renamed(found.marks, (name) => (name.startsWith(OWN) ? name.slice(OWN.length) : undefined))
      const bare: Found<V> = { ...found, marks, size: Number(found.marks[SIZE_MARK] ?? 0), value: undefined }
      // A lease, or what stands for a removal, has none as a rule.
      if (found.value === undefined || (found.kind !== 'value' && found.marks[CODEC_MARK] === undefined)) return bare
      return recover<Found<V>, Found<V>>(
        () => andThen(pipeline.decode(found, key), (value) => ({ ...bare, value })),
        (error) => {
          if (!isDamage(error)) throw error
          return { ...bare, kind: 'damaged' }
        },
      )
    },
  }
}

function renamed(marks: Marks, rename: (name: string) => string | undefined): Marks {
  const entries = Object.entries(marks).flatMap(([name, mark]) => {
    const other = rename(name)
    return other === undefined ? [] : [[other, mark] as const]
  })
  return entries.length === 0 ? NO_MARKS : Object.fromEntries(entries)
}
