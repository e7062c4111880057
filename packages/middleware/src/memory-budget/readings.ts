import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8'
import { containerLimit } from './container.js'

/** What is used, and what there is, in bytes; `Infinity` for no limit. */
export interface MemoryReading {
  readonly heapUsed: number
  readonly heapLimit: number
  readonly rss: number
  readonly rssLimit: number
}

/** The young generation is three half spaces of so many megabytes, unless Node was told otherwise. */
const HALF_SPACE_MB = 16
const HALF_SPACES = 3

/**
 * Reads the process's own memory. Of the heap, the old generation alone: a process ends when that is full, and V8's limit
 * counts the young one in, whose size it does not tell.
 */
export function processReadings(maxHeapBytes: number, maxRssBytes: number): () => MemoryReading {
  const rssLimit = Math.min(maxRssBytes, containerLimit())
  const oldLimit =
    getHeapStatistics().heap_size_limit - youngBytes([...process.execArgv, process.env['NODE_OPTIONS'] ?? ''])
  const heapLimit = Math.min(maxHeapBytes, oldLimit)
  return () => ({
    heapUsed: oldBytes(),
    heapLimit,
    rss: rssLimit < Infinity ? process.memoryUsage.rss() : 0,
    rssLimit,
  })
}

/** How large the young generation may become, by what Node was told. */
export function youngBytes(args: readonly string[]): number {
  const told = /--max[-_]semi[-_]space[-_]size[= ](\d+)/.exec(args.join(' '))
  return HALF_SPACES * 2 ** 20 * (told === null ? HALF_SPACE_MB : Number(told[1]))
}

function oldBytes(): number {
  let used = 0
  for (const { space_name: name, space_used_size: bytes } of getHeapSpaceStatistics()) {
    if (!name.startsWith('new_')) used += bytes
  }
  return used
}

export interface Pressure {
  /** The share of the limit that is used. */
  readonly share: number
  /** Of which it is the greater. */
  readonly of: 'heap' | 'rss'
}

export function pressureOf({ heapUsed, heapLimit, rss, rssLimit }: MemoryReading): Pressure {
  const heap = heapUsed / heapLimit
  const resident = rss / rssLimit
  return resident > heap ? { share: resident, of: 'rss' } : { share: heap, of: 'heap' }
}
