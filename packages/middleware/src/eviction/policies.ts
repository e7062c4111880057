import {
  adaptive,
  fifo,
  lfu,
  lru,
  type MakePolicy,
  s3fifo,
  session,
  sieve,
  slru,
  tinylfu,
  ttl,
} from '@cachette/eviction'

export type PolicyName =
  | 'fifo'
  | 'lru'
  | 'lfu'
  | 'sieve'
  | 's3fifo'
  | 'slru'
  | 'tinylfu'
  | 'adaptive'
  | 'ttl'
  | 'session'

/** The policies that go by a name. */
export const POLICIES: Readonly<Record<PolicyName, MakePolicy>> = {
  fifo,
  lru,
  lfu,
  sieve,
  s3fifo,
  slru,
  tinylfu,
  adaptive,
  ttl,
  session,
}

export function policyMaker(policy: PolicyName | MakePolicy): MakePolicy {
  return typeof policy === 'string' ? POLICIES[policy] : policy
}
