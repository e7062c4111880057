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

/** The policies that go by a name. */
export const POLICIES = {
  fifo,
  lru,
  lfu,
  sieve,
  s3fifo,
  slru,
  tinylfu,
  ttl,
  session,
  adaptive,
} as const satisfies Readonly<Record<string, MakePolicy>>

export type PolicyName = keyof typeof POLICIES

export function policyMaker(policy: PolicyName | MakePolicy): MakePolicy {
  return typeof policy === 'string' ? POLICIES[policy] : policy
}
