import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomFillSync,
} from 'node:crypto'
import type { Bytes } from '@cachette/core'

export type CipherName = 'aes-256-gcm' | 'chacha20-poly1305'

export const SALT_BYTES = 16
export const NONCE_BYTES = 12
export const TAG_BYTES = 16

/** What both ciphers have in common, once they have their key and nonce. */
interface Sealing {
  setAAD(facts: Bytes, options: { readonly plaintextLength: number }): unknown
  update(bytes: Bytes): Buffer
  final(): Buffer
  getAuthTag(): Buffer
}
interface Opening extends Omit<Sealing, 'getAuthTag'> {
  setAuthTag(tag: Bytes): unknown
}

interface Cipher {
  sealing(key: KeyObject, nonce: Bytes): Sealing
  opening(key: KeyObject, nonce: Bytes): Opening
}

const LENGTH = { authTagLength: TAG_BYTES } as const

export const CIPHERS: Readonly<Record<CipherName, Cipher>> = {
  'aes-256-gcm': {
    sealing: (key, nonce) => createCipheriv('aes-256-gcm', key, nonce, LENGTH),
    opening: (key, nonce) => createDecipheriv('aes-256-gcm', key, nonce, LENGTH),
  },
  'chacha20-poly1305': {
    sealing: (key, nonce) => createCipheriv('chacha20-poly1305', key, nonce, LENGTH),
    opening: (key, nonce) => createDecipheriv('chacha20-poly1305', key, nonce, LENGTH),
  },
}

/** Writes the sealed bytes and their tag to where they are to be. */
export function seal(cipher: Cipher, key: KeyObject, nonce: Bytes, facts: Bytes, value: Bytes, into: Bytes): void {
  const sealing = cipher.sealing(key, nonce)
  sealing.setAAD(facts, { plaintextLength: value.length })
  into.set(sealing.update(value))
  sealing.final()
  into.set(sealing.getAuthTag(), value.length)
}

/** The bytes as they were, in bytes that nobody else holds. Throws where anything of it is not as it was sealed. */
export function open(cipher: Cipher, key: KeyObject, nonce: Bytes, facts: Bytes, sealed: Bytes): Bytes {
  const end = sealed.length - TAG_BYTES
  const opening = cipher.opening(key, nonce)
  opening.setAAD(facts, { plaintextLength: end })
  opening.setAuthTag(sealed.subarray(end))
  const value = opening.update(sealed.subarray(0, end))
  opening.final()
  return new Uint8Array(value.buffer, value.byteOffset, value.length)
}

/** What a key is used for: a key made for one use is never that of another. */
type Use = 'values' | 'stream'

/** A key of its own for each salt, so that how often a nonce may be drawn is never what wears a key out. */
export function subkey(secret: KeyObject, salt: Bytes, use: Use, cipher: CipherName): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, salt, `cachette ${use} ${cipher}`, 32)))
}

const RANDOM_AHEAD = 4096

/** Bytes from the system's source of randomness, of which many are asked for at a time. */
export class Random {
  #bytes = new Uint8Array(0)
  #used = 0

  take(count: number): Bytes {
    if (this.#used + count > this.#bytes.length) {
      this.#bytes = randomFillSync(new Uint8Array(RANDOM_AHEAD))
      this.#used = 0
    }
    this.#used += count
    return this.#bytes.subarray(this.#used - count, this.#used)
  }
}
