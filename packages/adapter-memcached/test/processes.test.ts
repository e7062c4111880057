import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { memcachedServer } from '@cachette/conformance/servers'
import { createCache } from '@cachette/core'
import { expect, test } from 'vitest'
import { built } from '../../../scripts/lib/built.js'
import { memcached } from '../src/index.js'
import type { Task, Told } from './child.js'
import { addressOf } from './using.js'

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

  /** What it tells when all is over. */
  async told(): Promise<Told> {
    for (;;) {
      const line = await this.#line()
      if (line.startsWith('{')) return JSON.parse(line) as Told
    }
  }

  async until(line: string): Promise<void> {
    while ((await this.#line()) !== line);
  }

  async #line(): Promise<string> {
    const { done, value } = await this.#lines.next()
    if (done === true) throw new Error('expected the process to tell more before it ended')
    return value
  }

  go(): void {
    this.#process.stdin.write('go\n')
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }

  /** Its exit code, or nothing where it had to be ended. */
  async ended(): Promise<unknown> {
    const timer = setTimeout(() => this.kill(), ENDS_WITHIN_MS)
    const [code] = await this.#exit
    clearTimeout(timer)
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
    await using server = await memcachedServer()
    if (state === 'dead from the start') await server.kill()
    const one = await started({ servers: [addressOf(server)] })
    if (state === 'hung') server.pause()
    one.go()
    if (state === 'dead in the middle') {
      await one.until('loading')
      await server.kill()
    }
    const told = await one.told()
    expect(told).toMatchObject({ loads: 1, answers: [expect.stringContaining('loaded by')] })
    expect(told.lateMs).toBeLessThan(1_200)
    expect(await one.ended()).toBe(0)
  },
  60_000,
)

test('eight processes whose thousand callers miss one key load it once', async () => {
  await using server = await memcachedServer()
  const task: Task = { servers: [addressOf(server)], callers: 125 }
  const all = await Promise.all(Array.from({ length: 8 }, () => started(task)))
  for (const one of all) one.go()
  const told = await Promise.all(all.map((one) => one.told()))
  expect(told.reduce((sum, { loads }) => sum + loads, 0)).toBe(1)
  expect(new Set(told.flatMap(({ answers }) => answers)).size).toBe(1)
  expect(await Promise.all(all.map((one) => one.ended()))).toEqual(all.map(() => 0))
}, 60_000)

test.each(['set', 'cleared'] as const)(
  'a key that is %s while another process loads it stays so',
  async (how) => {
    await using server = await memcachedServer()
    const cache = createCache<string>({ store: memcached({ servers: [addressOf(server)] }) })
    const one = await started({ servers: [addressOf(server)] })
    one.go()
    await one.until('loading')
    if (how === 'set') await cache.set('k', 'written')
    else await cache.clear()
    expect((await one.told()).answers).toEqual([expect.stringContaining('loaded by')])
    expect(await one.ended()).toBe(0)
    expect(await cache.get('k')).toBe(how === 'set' ? 'written' : undefined)
    await cache.close()
  },
  60_000,
)

test('a process that is killed while it loads keeps nobody waiting for longer than its lease', async () => {
  await using server = await memcachedServer()
  const task: Task = { servers: [addressOf(server)], leaseMs: 500 }
  const holder = await started({ ...task, loadMs: 60_000 })
  const other = await started(task)
  holder.go()
  await holder.until('loading')
  holder.kill()
  other.go()
  const told = await other.told()
  expect(told).toMatchObject({ loads: 1, answers: [expect.stringContaining('loaded by')] })
  expect(told.lateMs).toBeLessThan(500 + 1_200)
  expect(await other.ended()).toBe(0)
  await holder.ended()
}, 60_000)
