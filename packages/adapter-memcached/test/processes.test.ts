import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { memcachedServer } from '@cachette/conformance/servers'
import { expect, test } from 'vitest'
import { built } from '../../../scripts/lib/built.js'
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

  async line(): Promise<string> {
    return String((await this.#lines.next()).value)
  }

  go(): void {
    this.#process.stdin.write('go\n')
  }

  /** Its exit code, or nothing where it had to be ended. */
  async ended(withinMs: number): Promise<unknown> {
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), withinMs)
    const [code] = await this.#exit
    clearTimeout(timer)
    return code ?? undefined
  }
}

async function started(task: Task): Promise<Child> {
  const { module } = await child
  const one = new Child(module, task)
  expect(await one.line()).toBe('ready')
  return one
}

test('eight processes whose thousand callers miss one key load it once', async () => {
  await using server = await memcachedServer()
  const task: Task = { servers: [addressOf(server)], callers: 125 }
  const all = await Promise.all(Array.from({ length: 8 }, () => started(task)))
  for (const one of all) one.go()
  const told = await Promise.all(all.map(async (one) => JSON.parse(await one.line()) as Told))
  expect(told.reduce((sum, { loads }) => sum + loads, 0)).toBe(1)
  expect(new Set(told.flatMap(({ answers }) => answers)).size).toBe(1)
  await Promise.all(all.map((one) => one.ended(ENDS_WITHIN_MS)))
}, 60_000)

test.each(['well', 'dead from the start', 'dead in the middle', 'hung'] as const)(
  'with a server that is %s, what was loaded is there in time, and the process ends once it has closed',
  async (state) => {
    await using server = await memcachedServer()
    if (state === 'dead from the start') await server.kill()
    const one = await started({ servers: [addressOf(server)] })
    if (state === 'hung') server.pause()
    one.go()
    if (state === 'dead in the middle') await server.kill()
    const told = JSON.parse(await one.line()) as Told
    const code = await one.ended(ENDS_WITHIN_MS)
    if (state === 'hung') server.resume()
    expect(told.answers).toEqual([expect.stringContaining('loaded by')])
    expect(told.lateMs).toBeLessThan(1_200)
    expect(code).toBe(0)
  },
  60_000,
)
