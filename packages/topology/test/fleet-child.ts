import { memory } from '@cachette/adapter-memory'
import { redis, redisBus } from '@cachette/adapter-redis'
import { createCache } from '@cachette/core'
import { tiered } from '../src/index.js'
import { KEYS, TTL_MS } from './fleet-terms.js'

/**
 * One process of a fleet: reads everybody's keys, and sets and removes its own. It says what it does in lines: numbers
 * only grow, so of two that is the newer which is greater. It stops when its input ends, lets what it holds grow old,
 * and says what it reads then.
 */
const [, , redisPort = '', busPort = '', own = '', members = ''] = process.argv

const host = '127.0.0.1'
const bus = redisBus({ connection: { host, port: Number(busPort) }, heartbeatMs: 200 })
const record = redis({ connection: { host, port: Number(redisPort) } })
const cache = createCache<number>({
  store: tiered<number>({ tiers: [{ store: memory<number>(), ttlMs: TTL_MS }, { store: record }], bus }),
})

const say = (...words: readonly (string | number)[]): void => {
  process.stdout.write(`${words.join(' ')}\n`)
}
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const below = (end: number): number => Math.floor(Math.random() * end)

async function read(kind: 'read' | 'end', key: string): Promise<void> {
  const begin = Date.now()
  say(kind, key, (await cache.get(key)) ?? 'absent', begin)
}

let last = 0
async function change(): Promise<void> {
  const key = `${own}-${below(KEYS)}`
  last = Math.max(last + 1, Date.now())
  const number = last
  if (below(4) > 0) {
    say('begin', key, number, 'set')
    await cache.set(key, number)
  } else {
    say('begin', key, number, 'remove')
    await cache.delete(key)
  }
  say('done', key, number, Date.now())
}

let isOver = false
process.stdin.on('end', () => {
  isOver = true
})
process.stdin.resume()

while (!isOver) {
  if (below(3) === 0) await change()
  await Promise.all([0, 1, 2, 3].map(() => read('read', `${below(Number(members))}-${below(KEYS)}`)))
  await pause(5)
}
await pause(TTL_MS)
for (let member = 0; member < Number(members); member += 1) {
  for (let number = 0; number < KEYS; number += 1) await read('end', `${member}-${number}`)
}
await cache.close()
await bus.close()
