import { createHmac, type KeyObject } from 'node:crypto'
import { type AnyLayer, checkOptions, keys, type Rules } from '@cachette/core'
import { SECRET, secretOf } from './encryption/keys.js'

export interface HashedKeysOptions {
  /** 32 bytes from a source of randomness, and no key of `encryption`. Another secret finds nothing that was stored. */
  readonly secret: Uint8Array | KeyObject
}

const ACCEPTED: Rules<HashedKeysOptions> = { secret: SECRET }

/**
 * Stores each key under a keyed hash (HMAC-SHA256) of its last segment, so that the store does not learn the names of
 * what is in it. Namespaces stay as they are, and can be cleared.
 *
 * Stands in `use`, inside whatever looks at keys: in `[hashedKeys(…), ttl({ rules })]` no rule would know a key.
 *
 * Costs two microseconds for each key of a call, and the listing: `keys`, `entries` and scans are refused.
 *
 * It has nothing of its own that fails.
 */
export function hashedKeys(options: HashedKeysOptions): AnyLayer {
  const { secret } = checkOptions('hashedKeys', options, ACCEPTED, ['secret'])
  const key = secretOf(secret)
  return keys({
    name: 'hashedKeys',
    place: { inside: ['ttl', 'patterns', 'readThrough', 'writeThrough', 'writeBehind'] },
    map: (segment) => createHmac('sha256', key).update(segment).digest('base64url'),
  })
}
