import { type Bytes, type Change, type Host, newCall, SEPARATOR, type Store } from '@cachette/core'
import { hashOf } from '@cachette/eviction'

/**
 * What was used most, put down at close as 4 bytes of a hash for each key, the best last. It lies beside the entries, as
 * a tombstone: what sees values alone does not see it, and no layer changes its bytes.
 */
export const WARMTH_KEY = `${SEPARATOR}eviction`

/** The better half of all that is there; what is worth less is as good as what nobody knows. */
const WARM_SHARE = 0.5
const MAX_KEYS = 65_536
const HASH_BYTES = 4

const DEADLINE_MS = 2_000
/** After so long it says nothing any more. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000

export interface Warmth {
  /** The higher the better; 0 for a key that is not in. */
  rankOf(key: string): number
}

const NOTHING: Warmth = { rankOf: () => 0 }

export async function readWarmth(next: Store<unknown>, host: Host, signal: AbortSignal): Promise<Warmth> {
  if (!outlives(next)) return NOTHING
  const now = host.clock.now()
  const call = newCall(now, { deadline: now + DEADLINE_MS, show: 'all', signal, aside: true })
  const [found] = await next.read([WARMTH_KEY], call)
  const bytes = found?.kind === 'tombstone' ? found.value : undefined
  if (bytes === undefined || bytes.length === 0) return NOTHING
  const ranks = new Map<number, number>()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at + HASH_BYTES <= view.byteLength; at += HASH_BYTES) ranks.set(view.getUint32(at), at + 1)
  return { rankOf: (key) => ranks.get(hashOf(key)) ?? 0 }
}

export async function writeWarmth(next: Store<unknown>, host: Host, drain: () => Iterable<string>): Promise<void> {
  if (!outlives(next)) return
  const hashes = Array.from(drain(), hashOf)
  const room = Math.min(MAX_KEYS, Math.floor(next.traits.maxValueBytes / HASH_BYTES))
  const count = Math.min(Math.ceil(hashes.length * WARM_SHARE), room)
  const value = new Uint8Array(count * HASH_BYTES)
  const view = new DataView(value.buffer)
  for (const [index, hash] of hashes.slice(hashes.length - count).entries()) view.setUint32(index * HASH_BYTES, hash)
  const now = host.clock.now()
  await next.write([changeOf(value, now, host)], newCall(now, { deadline: now + DEADLINE_MS, aside: true }))
}

function changeOf(value: Bytes, now: number, host: Host): Change {
  const version = host.versions.next()
  const until = now + KEPT_MS
  const times = { createdAt: now, staleAt: until, expiresAt: until, keptUntil: until }
  const entry = { ...times, version, kind: 'tombstone', tags: [], marks: {}, size: value.length, value } as const
  return { key: WARMTH_KEY, entry, version }
}

/** Whether what is in it is there after a restart. Then it holds bytes. */
function outlives(store: Store<unknown>): store is Store<Bytes> {
  return store.traits.lives !== 'process' && store.traits.values === 'bytes'
}
