import { randomBytes } from 'node:crypto'
import type { Layer } from '@cachette/core'
import {
  bulkhead,
  chaos,
  checksum,
  circuitBreaker,
  coalesce,
  compression,
  encryption,
  eviction,
  failOpen,
  hashedKeys,
  hooks,
  jitter,
  logging,
  patterns,
  rateLimit,
  record,
  retry,
  stats,
  tags,
  tracing,
  ttl,
  versioned,
} from '@cachette/middleware'

const secret = randomBytes(32)
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** Every layer that stands over bytes, set so that it takes part and gets in nobody's way; in the order that works. */
export const LAYERS: Readonly<Record<string, () => Layer>> = {
  tracing: () => tracing({ prefix: 'matrix' }),
  logging: () => logging({ logger: silent }),
  stats: () => stats({ level: 'full' }),
  failOpen: () => failOpen(),
  rateLimit: () => rateLimit({ perSecond: 1e9, burst: 1e9 }),
  ttl: () => ttl({ rules: [{ namespace: 'nowhere', ttlMs: 1 }] }),
  jitter: () => jitter({ random: () => 0 }),
  hooks: () => hooks({ before: () => undefined }),
  patterns: () => patterns(),
  tags: () => tags(),
  versioned: () => versioned({ version: 2 }),
  coalesce: () => coalesce(),
  retry: () => retry(),
  circuitBreaker: () => circuitBreaker({ minCalls: 1_000_000 }),
  bulkhead: () => bulkhead(),
  eviction: () => eviction({ maxEntries: 1_000_000, scope: 'process' }),
  hashedKeys: () => hashedKeys({ secret }),
  compression: () => compression({ thresholdBytes: 16 }),
  encryption: () => encryption({ keys: { current: { id: 'a', secret } } }),
  checksum: () => checksum(),
  record: () => record(),
  chaos: () => chaos(),
}
