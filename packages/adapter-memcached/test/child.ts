/** A process that uses a store as it is told to, tells in one line of JSON what came of it, and ends by itself. */
import { createCache } from '@cachette/core'
import { memcached } from '../src/index.js'

export interface Task {
  readonly servers: readonly string[]
  /** How many callers ask for the one key. */
  readonly callers?: number
}

export interface Told {
  readonly loads: number
  readonly answers: readonly string[]
  /** What the load itself took, and how much longer its callers waited. */
  readonly lateMs: number
}

const LOAD_MS = 200

const { servers, callers = 1 } = JSON.parse(process.argv[2] ?? '{}') as Task
const cache = createCache<string>({ store: memcached({ servers }), ttlMs: 60_000 })
let loads = 0

async function load(): Promise<string> {
  loads += 1
  await new Promise((resolve) => setTimeout(resolve, LOAD_MS))
  return `loaded by ${process.pid}`
}

process.stdout.write('ready\n')
// Until all of them are there, or the server is as it is to be.
await new Promise((resolve) => process.stdin.once('data', resolve))
process.stdin.destroy()
const begun = performance.now()
const answers = await Promise.all(Array.from({ length: callers }, () => cache.getOrSet('k', load)))
const lateMs = performance.now() - begun - LOAD_MS
const told: Told = { loads, answers: [...new Set(answers)], lateMs }
process.stdout.write(`${JSON.stringify(told)}\n`)
await cache.close()
