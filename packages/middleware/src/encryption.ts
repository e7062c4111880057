import { checkOptions, oneOf, RULES, type Rules, type ValueLayer, values } from '@cachette/core'
import type { CipherName } from './encryption/ciphers.js'
import { type EncryptionKey, type EncryptionKeys, ringOf } from './encryption/keys.js'
import { OVERHEAD_BYTES, Vault } from './encryption/vault.js'

export type { CipherName, EncryptionKey, EncryptionKeys }

export interface EncryptionOptions {
  /** Which key seals what is written, and which others can be read with. */
  readonly keys: EncryptionKeys
  /** Default `'aes-256-gcm'`. Entries say themselves which they are sealed with. */
  readonly algorithm?: CipherName | undefined
  /** Whether an entry that is not sealed is refused, as damage. `false` while a store is moved over. Default true. */
  readonly required?: boolean | undefined
}

/** What may be known of it: never a secret. */
export interface EncryptionSettings {
  readonly algorithm: CipherName
  readonly required: boolean
  /** The ids of the keys, the current one first. */
  readonly keyIds: readonly string[]
}

export const ENCRYPTION_DEFAULTS: Pick<EncryptionSettings, 'algorithm' | 'required'> = {
  algorithm: 'aes-256-gcm',
  required: true,
}

/** The layer, and the handle by which it is changed while it runs. */
export interface Encryption extends ValueLayer {
  readonly settings: EncryptionSettings
  /** Seals with this key from now on; what was sealed with the others can still be read. */
  rotate(key: EncryptionKey): void
  /** Changes settings from now on, keys that are left out forgotten. Checked as a whole before any takes effect. */
  configure(changes: Partial<EncryptionOptions>): void
}

const ACCEPTED: Rules<EncryptionOptions> = {
  keys: RULES.object,
  algorithm: /* @__PURE__ */ oneOf('aes-256-gcm', 'chacha20-poly1305'),
  required: RULES.boolean,
}

/**
 * Seals values, so that only who has the key reads them, and nobody changes them unseen. What is sealed is bound to its
 * key, its lifetimes and its version: moved to another key, or given more time, it is damage. Headers, with the names of
 * tags, stay readable; `hashedKeys` hides the keys.
 *
 * Stands in `encode` behind `compression`, since what is sealed does not shrink. Where a layer of `use` changes lifetimes
 * (`ttl`, `jitter`) it stands in `use` behind that: in `{ encode: [json(), encryption(…)], use: [jitter()] }` all that
 * was written would be found to have another lifetime than it was sealed with. Both are refused.
 *
 * Costs 44 bytes and some microseconds for each value, each way, and for `touch` and sliding reads that of both.
 *
 * What cannot be opened is damage: absent, reported and reclaimed. So is what a key sealed that is not in the ring.
 */
export function encryption(options: EncryptionOptions): Encryption {
  const { keys, ...rest } = checkOptions('encryption', options, ACCEPTED, ['keys'])
  const { algorithm = ENCRYPTION_DEFAULTS.algorithm } = rest
  let { required = ENCRYPTION_DEFAULTS.required } = rest
  const vault = new Vault(ringOf(keys), algorithm)
  const layer = values({
    name: 'encryption',
    bindsHeader: true,
    grows: OVERHEAD_BYTES,
    get required() {
      return required
    },
    encode: (value, context) => vault.seal(value, context),
    decode: (value, mark, context) => vault.open(value, mark, context),
    streams: vault.streams,
  })
  return {
    ...layer,
    get settings() {
      return { algorithm: vault.cipher, required, keyIds: [...vault.ring.byId.keys()] }
    },
    rotate(key) {
      const others = [...vault.ring.byId.values()].filter(({ id }) => id !== key?.id)
      vault.change(ringOf({ current: key, others }, vault.ring), vault.cipher)
    },
    configure(changes) {
      const given = checkOptions<Partial<EncryptionOptions>>('encryption', changes, ACCEPTED)
      const ring = given.keys === undefined ? vault.ring : ringOf(given.keys, vault.ring)
      vault.change(ring, given.algorithm ?? vault.cipher)
      required = given.required ?? required
    },
  }
}
