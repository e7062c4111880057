import { setTimeout as wait } from 'node:timers/promises'
import { redis } from '@cachette/adapter-redis'
import { missingServers, redisServer } from '@cachette/conformance/servers'
import { type Cache, createCache } from '@cachette/core'
import { Source } from '../source.js'
import { type Outcome, type Step, shown, timed } from '../step.js'

const CALLERS = 64
const KEYS = 1_000

/** Beyond the load's own time, which is what callers wait for when the cache cannot help. */
const MOST_LATE_MS = 1_200
const MOST_RETURN_MS = 2_000

export const gone: Step = {
  name: 'gone',
  title: 'The Redis behind the cache is killed',
  story: `${CALLERS} callers ask without a pause, a Redis is killed with SIGKILL, and a while later it is back, empty. Nobody gets an error, and nobody waits for long.`,
  async run() {
    return missingServers().includes('redis-server') ? leftOut : killedUnderLoad()
  },
}

const leftOut: Outcome = {
  ok: true,
  lines: [
    'there is no redis-server on this machine, so this stop is left out (on Debian: apt-get install redis-server)',
  ],
  facts: { leftOut: true },
}

async function killedUnderLoad(): Promise<Outcome> {
  const source = new Source(20)
  await using server = await redisServer()
  let answers = 0
  let slowestMs = 0
  let isOver = false
  // show
  const cache = createCache<{ id: string }>({ store: redis({ url: server.url }), ttlMs: 60_000 })
  const caller = async (): Promise<void> => {
    for (; !isOver; answers += 1) {
      const id = `product:${Math.floor(Math.random() * KEYS)}`
      const asked = await timed(() => cache.getOrSet(id, () => source.find(id)))
      slowestMs = Math.max(slowestMs, asked.ms)
    }
  }
  const callers = Array.from({ length: CALLERS }, caller)

  await wait(500)
  await server.kill()
  const before = { answers, loads: source.calls }
  await wait(1_500) // nobody is there, and all ask on
  const meanwhile = { answers: answers - before.answers, loads: source.calls - before.loads }
  await server.restart()
  const back = await timed(() => untilItTakes(cache))
  // end
  isOver = true
  const failures = (await Promise.allSettled(callers)).filter(({ status }) => status === 'rejected').length
  await cache.close()
  return {
    ok: failures === 0 && meanwhile.answers > 0 && slowestMs < MOST_LATE_MS && back.ms < MOST_RETURN_MS,
    lines: [
      `${before.answers.toLocaleString('en')} answers before the kill, from ${before.loads.toLocaleString('en')} loads`,
      `${meanwhile.answers.toLocaleString('en')} answers while it was gone, from ${meanwhile.loads.toLocaleString('en')} loads; ${failures} errors`,
      `the slowest of all answers took ${shown(slowestMs)}; the cache took values again ${shown(back.ms)} after the server's return`,
    ],
    facts: {
      ...before,
      answersMeanwhile: meanwhile.answers,
      loadsMeanwhile: meanwhile.loads,
      failures,
      slowestMs,
      backMs: back.ms,
    },
  }
}

/** As people do: again and again. */
async function untilItTakes(cache: Cache<{ id: string }>): Promise<void> {
  for (;;) {
    try {
      await cache.set('probe', { id: 'probe' })
      return
    } catch {
      // It is not back yet.
      await wait(5)
    }
  }
}
