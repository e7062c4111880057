import { createSecretKey, KeyObject } from 'node:crypto'
import { CacheError, checkOptions, RULES, type Rule, type Rules } from '@cachette/core'

export interface EncryptionKey {
  /** Stored with each entry. Never used again for another secret. */
  readonly id: string
  /** 32 bytes from a source of randomness. */
  readonly secret: Uint8Array | KeyObject
}

export interface EncryptionKeys {
  /** What is written is sealed with it. */
  readonly current: EncryptionKey
  /** What was sealed with these can still be read. */
  readonly others?: readonly EncryptionKey[] | undefined
}

/** The keys that are known. */
export interface KeyRing {
  readonly current: Secret
  readonly byId: ReadonlyMap<string, Secret>
}

interface Secret {
  readonly id: string
  readonly secret: KeyObject
}

const SECRET_BYTES = 32

/** A secret as an option. What is refused is never shown. */
export const SECRET: Rule = {
  expected: `${SECRET_BYTES} random bytes, as a Uint8Array or a secret KeyObject`,
  accepts: (value) => (value instanceof KeyObject ? value.symmetricKeySize : lengthOf(value)) === SECRET_BYTES,
}

const lengthOf = (value: unknown): number | undefined => (value instanceof Uint8Array ? value.length : undefined)

/** Stands in a mark, between a slash and a NUL. */
const ID: Rule = {
  expected: 'up to 64 letters, digits, dots, dashes and underscores',
  accepts: (value) => typeof value === 'string' && /^[\w.-]{1,64}$/.test(value),
}

const KEYS: Rules<EncryptionKeys> = { current: RULES.object, others: RULES.list }
const KEY: Rules<EncryptionKey> = { id: ID, secret: SECRET }

/** A copy that nobody can change, and that shows itself to nobody. */
export function secretOf(secret: Uint8Array | KeyObject): KeyObject {
  return secret instanceof KeyObject ? secret : createSecretKey(secret)
}

/** `known` are the keys so far: an id that changed its secret would make damage of all that was sealed with it. */
export function ringOf(keys: EncryptionKeys, known?: KeyRing): KeyRing {
  const { current, others = [] } = checkOptions('encryption, keys', keys, KEYS, ['current'])
  const byId = new Map<string, Secret>()
  const taken = (key: EncryptionKey): Secret => {
    const { id, secret } = checkOptions('encryption, a key', key, KEY, ['id', 'secret'])
    const made = { id, secret: secretOf(secret) }
    if (byId.has(id)) throw wrong(`the key ${id} is there twice`)
    if (known?.byId.get(id)?.secret.equals(made.secret) === false) {
      throw wrong(`the key ${id} has another secret: give it another id`)
    }
    byId.set(id, made)
    return made
  }
  const first = taken(current)
  others.forEach(taken)
  return { current: first, byId }
}

function wrong(message: string): CacheError {
  return new CacheError('INVALID_OPTION', `encryption: ${message}`)
}
