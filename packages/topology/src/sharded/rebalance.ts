import {
  type Awaitable,
  CacheError,
  type Call,
  type Clock,
  checkOptions,
  newCall,
  RULES,
  type Rules,
} from '@cachette/core'
import type { Placement } from './placement.js'

export interface RebalanceReport {
  /** Keys that were looked at, on the shards that had any to give. */
  readonly examined: number
  readonly moved: number
  /** Whether every key is where it belongs. */
  readonly done: boolean
  /** Stores that left and have no keys any more: they are yours again, to be closed or brought back. */
  readonly emptied: readonly string[]
}

export interface RebalanceOptions {
  /** Stops between two pages. What has been moved stays so, and the next rebalance goes on. */
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((soFar: RebalanceReport) => void) | undefined
  /** How long one page may take. Default 5,000. */
  readonly deadlineMs?: number | undefined
}

const ACCEPTED: Rules<RebalanceOptions> = {
  signal: RULES.object,
  onProgress: RULES.run,
  deadlineMs: RULES.positiveMs,
}

const DEFAULT_DEADLINE_MS = 5_000

/** Goes through the keys of every shard that had some which belong elsewhere now, page by page. */
export async function rebalance<V>(
  placement: Placement<V>,
  move: (keys: readonly string[], call: Call) => Awaitable<number>,
  clock: Clock,
  options: RebalanceOptions,
): Promise<RebalanceReport> {
  const { signal, onProgress, deadlineMs = DEFAULT_DEADLINE_MS } = checkOptions('rebalance', options, ACCEPTED)
  let examined = 0
  let moved = 0
  const call = (): Call => {
    const now = clock.now()
    return newCall(now, { deadline: now + deadlineMs, want: 'header', show: 'all' })
  }
  if (!placement.isMoving) return { examined, moved, done: true, emptied: [] }
  for (const shard of placement.all) {
    for await (const page of shard.store.scan('', call())) {
      if (signal?.aborted === true)
        throw new CacheError('ABORTED', 'the rebalance was stopped', { operation: 'rebalance' })
      const keys = page.flatMap(([key]) => (placement.sourcesOf(key).includes(shard) ? [key] : []))
      examined += page.length
      if (keys.length > 0) moved += await move(keys, call())
      onProgress?.({ examined, moved, done: false, emptied: [] })
    }
  }
  return { examined, moved, done: true, emptied: [] }
}
