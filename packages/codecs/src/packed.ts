import { type Bytes, CacheError, type Codec, type Coded } from '@cachette/core'
import { flatten } from './flatten.js'
import { damaged, refusal } from './refusal.js'
import { revive } from './revive.js'
import { type Layout, type Natives, survey } from './survey.js'

/** What is needed of a library, and of what it carries exactly. */
export interface Packer extends Natives {
  readonly name: string
  /** Bytes that nobody else holds. */
  pack(value: unknown, layout: Layout): Bytes
  /** Refuses, before anything is made of them, all bytes but those of one whole value as `pack` writes it. */
  scan(bytes: Bytes): void
  /** A value that shares nothing with the bytes. They are a view of its own, which it may write to. */
  unpack(bytes: Bytes): unknown
}

/** The form of values that the library does not carry by itself. */
const GRAPH = 'graph'

/** A codec that carries everything that structured clone does: the plain by the library, the rest as a graph. */
export function packed<V>(packer: Packer): Codec<V> {
  return {
    name: packer.name,
    encode: (value) => encode(packer, value),
    // It changes nothing, so what was stored as a `V` comes back as one.
    decode: (bytes, form) => decode(packer, bytes, form) as V,
  }
}

function encode(packer: Packer, value: unknown): Bytes | Coded {
  try {
    // Nothing at all never decodes to a value, so that `undefined` takes the form that says what it is.
    const layout = value === undefined ? undefined : survey(value, packer)
    const bytes = layout === undefined ? undefined : undisturbed(packer, value, layout)
    if (bytes !== undefined) return bytes
  } catch {
    // An accessor, a proxy or a forged class threw: what follows finds out where, and says so.
  }
  const graph = flatten(packer.name, value)
  try {
    return { bytes: packer.pack(graph, 'maps'), form: GRAPH }
  } catch (cause) {
    throw refusal(packer.name, 'so much', [], cause)
  }
}

/** How often a library has packed: it writes all there is into one place. */
let packs = 0

/** What a library packs, unless an accessor in the value has it pack another meanwhile. */
function undisturbed(packer: Packer, value: unknown, layout: Layout): Bytes | undefined {
  packs += 1
  const own = packs
  const bytes = packer.pack(value, layout)
  return packs === own ? bytes : undefined
}

function decode(packer: Packer, bytes: Bytes, form: string | undefined): unknown {
  try {
    if (form !== undefined && form !== GRAPH) throw damaged(`the form "${form}" is not known`)
    packer.scan(bytes)
    // The library leaves a view of its own on what it is given.
    const value = packer.unpack(plainBytes(bytes))
    if (form === GRAPH) return revive(value)
    if (value === undefined) throw damaged('no value')
    return value
  } catch (cause) {
    throw new CacheError('CORRUPT', `${packer.name} cannot read what is stored`, { source: packer.name, cause })
  }
}

/** Not as Node's `Buffer`, whose `slice` does not copy. */
export function plainBytes(bytes: Bytes): Bytes {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
