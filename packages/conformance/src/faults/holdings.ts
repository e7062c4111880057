import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Awaitable } from '@cachette/core'

/** What this process holds, and the server for it. */
export interface Holdings {
  /** Sockets, timers and whatever else keeps a process alive, by kind. */
  readonly resources: ReadonlyMap<string, number>
  readonly connections: number | undefined
  /** What is left of the heap after a collection. */
  readonly heapBytes: number
}

/** As much more may be there without being a leak: code that was compiled meanwhile, tables that have grown. */
const HEAP_SLACK_BYTES = 16 * 2 ** 20

export async function holdings(connections: (() => Awaitable<number>) | undefined): Promise<Holdings> {
  const open = await connections?.()
  const resources = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) resources.set(kind, (resources.get(kind) ?? 0) + 1)
  collect()
  return { resources, connections: open, heapBytes: process.memoryUsage().heapUsed }
}

/** What there is more of than before, in words. */
export function growth(before: Holdings, after: Holdings): readonly string[] {
  const found = [...after.resources]
    .filter(([kind, count]) => LEAKING.test(kind) && count > (before.resources.get(kind) ?? 0))
    .map(([kind, count]) => `${kind}: ${before.resources.get(kind) ?? 0} before, ${count} after`)
  const [had = 0, has = 0] = [before.connections, after.connections]
  if (has > had) found.push(`connections at the server: ${had} before, ${has} after`)
  const grownBytes = after.heapBytes - before.heapBytes
  if (grownBytes > HEAP_SLACK_BYTES) found.push(`heap: ${Math.round(grownBytes / 2 ** 20)} MiB more than before`)
  return found
}

/** Others come and go with whatever else a process does. */
const LEAKING = /^(TCP|TLS|Pipe|Timeout|Immediate)/

function collect(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc()')
}
