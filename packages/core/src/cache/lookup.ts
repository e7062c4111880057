import { visible } from '../conditions.js'
import type { Found } from '../contract.js'
import { toCacheError } from '../errors.js'
import { isOutage } from '../loading/outage.js'
import { CALLER_RULES, type CallerOptions, type Engine, outcomeOf } from './engine.js'
import type { Lookup, MissReason } from './types.js'

/** What is there and what is known of it. An outage is an answer here, and the caller's own mistakes are not. */
export async function lookup<V, S>(engine: Engine<V, S>, key: string, options?: CallerOptions): Promise<Lookup<V>> {
  const full = engine.key(key)
  const call = engine.call(options, CALLER_RULES)
  const tier = engine.parts.base.name
  let isDamaged = false
  // Damage is reclaimed as soon as it is found, so a second look would come too late.
  const stop = engine.parts.events.on('damage', ({ id }) => {
    isDamaged ||= id === call.id
  })
  try {
    const found = await engine.find(full, call)
    const value = found === undefined ? undefined : await engine.open(found, full, call)
    if (found !== undefined && value !== undefined) {
      const outcome = outcomeOf(found, call.now) === 'stale' ? 'stale' : 'hit'
      const ageMs = call.now - found.createdAt
      const expiresInMs = found.expiresAt - call.now
      return { outcome, value, ageMs, expiresInMs, tags: found.tags.map((tag) => tag.name), tier: found.from ?? tier }
    }
    if (isDamaged) return { outcome: 'miss', why: 'damaged', tier }
    const hidden = await engine.find(full, { ...call, want: 'header', show: 'all', aside: true })
    return { outcome: 'miss', why: reasonOf(hidden, call.now), tier: hidden?.from ?? tier }
  } catch (error) {
    if (isDamaged) return { outcome: 'miss', why: 'damaged', tier }
    if (!isOutage(error)) throw error
    return { outcome: 'unavailable', error: toCacheError(error, { operation: 'read', source: tier }), tier }
  } finally {
    stop()
  }
}

function reasonOf(found: Found<unknown> | undefined, now: number): MissReason {
  switch (found?.kind) {
    case undefined:
      return 'absent'
    case 'lease':
      return now < found.expiresAt ? 'loading' : 'expired'
    case 'tombstone':
      return 'removed'
    case 'damaged':
      return 'damaged'
    case 'value':
      return visible(found, now) ? 'hidden' : 'expired'
  }
}
