/** A process that uses a store as it is told to, tells in lines what comes of it, and ends by itself. */
import { once } from 'node:events'
import { createCache } from '@cachette/core'
import { memcached } from '../src/index.js'

export interface Task {
  readonly servers: readonly string[]
  /** How many callers ask for the one key. */
  readonly callers?: number
  /** How long the load takes. */
  readonly loadMs?: number
  /** Default: the cache's own. */
  readonly leaseMs?: number
}

export interface Told {
  readonly loads: number
  readonly answers: readonly string[]
  /** How much longer than the load its callers waited. */
  readonly lateMs: number
}

const { servers, callers = 1, loadMs = 200, leaseMs } = JSON.parse(process.argv[2] ?? '{}') as Task
const cache = createCache<string>({ store: memcached({ servers }), ttlMs: 60_000, load: { leaseMs } })
let loads = 0

async function load(): Promise<string> {
  loads += 1
  process.stdout.write('loading\n')
  await new Promise((resolve) => setTimeout(resolve, loadMs))
  return `loaded by ${process.pid}`
}

// Connected, where there is somebody to connect to.
await cache.get('other').catch(() => undefined)
process.stdout.write('ready\n')
await once(process.stdin, 'data')
process.stdin.destroy()
const begun = performance.now()
const answers = await Promise.all(Array.from({ length: callers }, () => cache.getOrSet('k', load)))
const lateMs = performance.now() - begun - (loads > 0 ? loadMs : 0)
const told: Told = { loads, answers: [...new Set(answers)], lateMs }
process.stdout.write(`${JSON.stringify(told)}\n`)
await cache.close()
