import { SEPARATOR } from '@cachette/core'

/** Names in Redis: the root, a separator that neither root nor name can hold by themselves, and the store's key. */
export class Root {
  readonly #prefix: string
  readonly #prefixBytes: Buffer
  readonly #strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

  constructor(root: string) {
    this.#prefix = root + SEPARATOR
    this.#prefixBytes = Buffer.from(this.#prefix)
  }

  nameOf(key: string): string {
    return this.#prefix + key
  }

  /** Nothing for names that no store wrote: others may put anything there, also what is no text. */
  keyOf(name: Buffer): string | undefined {
    try {
      return this.#strict.decode(name.subarray(this.#prefixBytes.length))
    } catch {
      return undefined
    }
  }

  /** For SCAN: what begins with the prefix, whose every character stands for itself. */
  patternOf(prefix: string): string {
    return `${(this.#prefix + prefix).replace(/[*?[\]\\]/g, '\\$&')}*`
  }
}

/** How many slots a cluster shares out among its masters. */
export const SLOTS = 16_384

/** The slot of a name, as servers reckon it: by what is between its first `{` and the next `}`, if there is any. */
export function slotOf(name: string): number {
  const from = name.indexOf('{')
  const to = from === -1 ? -1 : name.indexOf('}', from + 1)
  return crc16(Buffer.from(to > from + 1 ? name.slice(from + 1, to) : name)) % SLOTS
}

/** CRC-16 of the polynomial 1021, begun with 0. */
const CRC16 = /* @__PURE__ */ Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit += 1) crc = (crc << 1) ^ ((crc & 0x8000) === 0 ? 0 : 0x1021)
  return crc
})

function crc16(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) crc = ((crc << 8) ^ (CRC16[((crc >> 8) ^ byte) & 0xff] ?? 0)) & 0xffff
  return crc
}
