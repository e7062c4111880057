import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { redisServer } from '@cachette/conformance/servers'
import { createCache, systemClock } from '@cachette/core'
import { expect, test } from 'vitest'
import { built } from '../../../scripts/lib/built.js'
import { redis } from '../src/index.js'
import type { Task, Told } from './child.js'

const child = built(new URL('./child.ts', import.meta.url))

/** How long a process may take to end once it has closed; on a busy machine that is much. */
const ENDS_WITHIN_MS = 3_000

class Child {
  readonly #process
  readonly #lines
  readonly #exit: Promise<unknown[]>

  constructor(module: URL, task: Task) {
    this.#process = spawn(process.execPath, [fileURLToPath(module), JSON.stringify(task)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#exit = once(this.#process, 'exit')
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]()
  }

  /** The next line that is that one. */
  async until(expected: string): Promise<void> {
    for (;;) {
      const { value, done } = await this.#lines.next()
      if (done === true) throw new Error(`expected ${expected} before it ended`)
      if (value === expected) return
    }
  }

  /** What it tells in the end. */
  async told(): Promise<Told> {
    for (;;) {
      const { value, done } = await this.#lines.next()
      if (done === true) throw new Error('expected it to tell what came of it before it ended')
      if (value !== 'loading') return JSON.parse(String(value)) as Told
    }
  }

  go(): void {
    this.#process.stdin.write('go\n')
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }

  /** Its exit code, or nothing where it had to be ended. */
  async ended(): Promise<unknown> {
    const timer = systemClock.setTimer(ENDS_WITHIN_MS, () => this.kill())
    const [code] = await this.#exit
    timer.cancel()
    return code ?? undefined
  }
}

async function started(task: Task): Promise<Child> {
  const { module } = await child
  const one = new Child(module, task)
  await one.until('ready')
  return one
}

test.each(['well', 'dead from the start', 'dead in the middle', 'hung'] as const)(
  'with a server that is %s, what was loaded is there in time, and the process ends once it has closed',
  async (state) => {
    await using server = await redisServer()
    if (state === 'dead from the start') await server.kill()
    const one = await started({ port: server.port })
    if (state === 'hung') server.pause()
    one.go()
    if (state === 'dead in the middle') {
      await one.until('loading')
      await server.kill()
    }
    const told = await one.told()
    const code = await one.ended()
    expect(told).toMatchObject({ loads: 1, answers: [expect.stringContaining('loaded by')] })
    expect(told.lateMs).toBeLessThan(1_200)
    expect(code).toBe(0)
  },
  60_000,
)

test('eight processes whose thousand callers miss one key load it once', async () => {
  await using server = await redisServer()
  const all = await Promise.all(Array.from({ length: 8 }, () => started({ port: server.port, callers: 125 })))
  for (const one of all) one.go()
  const told = await Promise.all(all.map((one) => one.told()))
  expect(told.reduce((sum, { loads }) => sum + loads, 0)).toBe(1)
  expect(new Set(told.flatMap(({ answers }) => answers)).size).toBe(1)
  expect(await Promise.all(all.map((one) => one.ended()))).toEqual(all.map(() => 0))
}, 60_000)

test('a writer that comes in between wins over the load of another process', async () => {
  await using server = await redisServer()
  const cache = createCache<string>({ store: redis({ connection: { host: '127.0.0.1', port: server.port } }) })
  const one = await started({ port: server.port })
  one.go()
  await one.until('loading')
  await cache.set('k', 'written')
  expect((await one.told()).answers).toEqual([expect.stringContaining('loaded by')])
  expect(await one.ended()).toBe(0)
  expect(await cache.get('k')).toBe('written')
  await cache.close()
})

test('a process that is killed while it loads keeps nobody waiting for longer than its lease', async () => {
  await using server = await redisServer()
  const leaseMs = 500
  const holder = await started({ port: server.port, leaseMs, loadMs: 60_000 })
  const other = await started({ port: server.port, leaseMs })
  holder.go()
  await holder.until('loading')
  holder.kill()
  other.go()
  const told = await other.told()
  expect(told).toMatchObject({ loads: 1, answers: [expect.stringContaining('loaded by')] })
  expect(told.lateMs).toBeLessThan(leaseMs + 1_200)
  expect(await other.ended()).toBe(0)
  await holder.ended()
})
