import { adaptive, fifo, lfu, lru, type MakePolicy, s3fifo, sieve, slru, tinylfu } from '@cachette/eviction'

/** Those that go by use alone: what others go by, traces do not say. */
export const POLICIES: Readonly<Record<string, MakePolicy>> = {
  fifo,
  lru,
  lfu,
  sieve,
  s3fifo,
  slru,
  tinylfu,
  adaptive,
}
