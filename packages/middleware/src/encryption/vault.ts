import { Buffer } from 'node:buffer'
import type { KeyObject } from 'node:crypto'
import { type Bytes, CacheError, type Mark, type StreamCoding, type ValueContext } from '@cachette/core'
import { fromRecords, PIECE_BYTES, toRecords } from '../records.js'
import { binding } from './binding.js'
import { CIPHERS, type CipherName, NONCE_BYTES, open, Random, SALT_BYTES, seal, subkey, TAG_BYTES } from './ciphers.js'
import type { KeyRing } from './keys.js'

/** By how much a sealed value is longer: its salt, its nonce, its tag. */
export const OVERHEAD_BYTES = SALT_BYTES + NONCE_BYTES + TAG_BYTES

/** So many nonces are drawn under one salt: far from where two of them are likely to meet. */
const VALUES_PER_SALT = 2 ** 30

/** Keys of other writers, and of this one's past, that are kept at hand. */
const MAX_SUBKEYS = 256

/** What is sealed with under one salt. */
interface Writer {
  readonly mark: string
  readonly salt: Bytes
  readonly key: KeyObject
  left: number
}

/** Seals and opens values under the keys of a ring. Ring and cipher can be changed while it runs. */
export class Vault {
  readonly #valuesPerSalt: number
  readonly #random = new Random()
  readonly #subkeys = new Map<string, KeyObject>()
  #ring: KeyRing
  #cipher: CipherName
  #writer: Writer | undefined

  constructor(ring: KeyRing, cipher: CipherName, valuesPerSalt = VALUES_PER_SALT) {
    this.#ring = ring
    this.#cipher = cipher
    this.#valuesPerSalt = valuesPerSalt
  }

  get ring(): KeyRing {
    return this.#ring
  }

  get cipher(): CipherName {
    return this.#cipher
  }

  /** From now on these. What was derived from others is forgotten with them. */
  change(ring: KeyRing, cipher: CipherName): void {
    this.#ring = ring
    this.#cipher = cipher
    this.#writer = undefined
    this.#subkeys.clear()
  }

  seal(value: Bytes, context: ValueContext): { readonly value: Bytes; readonly mark: Mark } {
    const { mark, salt, key } = this.#writing()
    const sealed = new Uint8Array(value.length + OVERHEAD_BYTES)
    const nonce = this.#random.take(NONCE_BYTES)
    sealed.set(salt)
    sealed.set(nonce, SALT_BYTES)
    const into = sealed.subarray(SALT_BYTES + NONCE_BYTES)
    seal(CIPHERS[this.#cipher], key, nonce, binding(context, mark), value, into)
    return { value: sealed, mark }
  }

  open(bytes: Bytes, mark: Mark, context: ValueContext): Bytes {
    if (bytes.length < OVERHEAD_BYTES) throw damaged('it is cut off')
    const { name, secret } = this.#opener(mark)
    const salt = bytes.subarray(0, SALT_BYTES)
    const nonce = bytes.subarray(SALT_BYTES, SALT_BYTES + NONCE_BYTES)
    const key = this.#subkey(String(mark), name, secret, salt)
    return opened(name, key, nonce, binding(context, String(mark)), bytes.subarray(SALT_BYTES + NONCE_BYTES))
  }

  /** A stream has a key of its own, so its nonces are no more than the numbers of its pieces. */
  readonly streams: StreamCoding = {
    encode: (body, context) => {
      const cipher = this.#cipher
      const { id, secret } = this.#ring.current
      const mark = markOf(cipher, id)
      const salt = this.#random.take(SALT_BYTES)
      const key = subkey(secret, salt, 'stream', cipher)
      const facts = binding(context, mark)
      const sealed = toRecords(body, (piece, { index, isLast }) => {
        const from = index === 0 ? SALT_BYTES : 0
        const bytes = new Uint8Array(from + piece.length + TAG_BYTES)
        if (index === 0) bytes.set(salt)
        seal(CIPHERS[cipher], key, nonceOf(index, isLast), facts, piece, bytes.subarray(from))
        return bytes
      })
      return { body: sealed, mark }
    },
    decode: (body, mark, context) => {
      const { name, secret } = this.#opener(mark)
      const facts = binding(context, String(mark))
      let key: KeyObject | undefined
      return fromRecords(body, SALT_BYTES + PIECE_BYTES + TAG_BYTES, (piece, { index, isLast }) => {
        key ??= subkey(secret, piece.subarray(0, SALT_BYTES), 'stream', name)
        const sealed = index === 0 ? piece.subarray(SALT_BYTES) : piece
        return opened(name, key, nonceOf(index, isLast), facts, sealed)
      })
    },
  }

  #writing(): Writer {
    const { id, secret } = this.#ring.current
    const mark = markOf(this.#cipher, id)
    if (this.#writer === undefined || this.#writer.left === 0) {
      const salt = this.#random.take(SALT_BYTES)
      this.#writer = { mark, salt, key: this.#subkey(mark, this.#cipher, secret, salt), left: this.#valuesPerSalt }
    }
    this.#writer.left -= 1
    return this.#writer
  }

  #opener(mark: Mark): { readonly name: CipherName; readonly secret: KeyObject } {
    const [cipher = '', id = ''] = String(mark).split('/')
    const secret = this.#ring.byId.get(id)?.secret
    if (!isCipher(cipher)) throw damaged('it was sealed in a way that is not known')
    if (secret === undefined) throw damaged(`the key ${id.slice(0, 64)} is not known`)
    return { name: cipher, secret }
  }

  #subkey(mark: string, cipher: CipherName, secret: KeyObject, salt: Bytes): KeyObject {
    const name = mark + Buffer.from(salt.buffer, salt.byteOffset, salt.length).toString('latin1')
    const known = this.#subkeys.get(name)
    if (known !== undefined) return known
    const made = subkey(secret, salt, 'values', cipher)
    for (const oldest of this.#subkeys.keys()) {
      if (this.#subkeys.size < MAX_SUBKEYS) break
      this.#subkeys.delete(oldest)
    }
    this.#subkeys.set(name, made)
    return made
  }
}

const markOf = (cipher: CipherName, id: string): string => `${cipher}/${id}`

const isCipher = (name: string): name is CipherName => Object.hasOwn(CIPHERS, name)

function nonceOf(index: number, isLast: boolean): Bytes {
  const nonce = new Uint8Array(NONCE_BYTES)
  nonce[0] = isLast ? 1 : 0
  new DataView(nonce.buffer).setUint32(NONCE_BYTES - 4, index)
  return nonce
}

function opened(cipher: CipherName, key: KeyObject, nonce: Bytes, facts: Bytes, sealed: Bytes): Bytes {
  if (sealed.length < TAG_BYTES) throw damaged('it is cut off')
  try {
    return open(CIPHERS[cipher], key, nonce, facts, sealed)
  } catch {
    // What the platform says of it helps nobody but an attacker.
    throw damaged('it was damaged, moved to another key, given another lifetime, or sealed with another secret')
  }
}

function damaged(why: string): CacheError {
  return new CacheError('CORRUPT', `a sealed value cannot be opened: ${why}`, { source: 'encryption' })
}
