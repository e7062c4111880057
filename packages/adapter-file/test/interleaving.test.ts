import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { checkHistory, type HistoryRecorder, recordHistory } from '@cachette/conformance'
import { type Change, type Found, manualClock, newCall, type Version, versions } from '@cachette/core'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { FilesStore } from '../src/adapter.js'
import { Steps } from './steps.js'
import { entryOf, stranger, temporary } from './support.js'

/** Whose steps are drawn now. */
let steps: Steps | undefined

/** The real file system, each step in its turn. */
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>()
  const inTurn = <A extends readonly unknown[], T>(step: (...args: A) => Promise<T>) => {
    return async (...args: A): Promise<T> => {
      await steps?.turn()
      return step(...args)
    }
  }
  const { access, link, mkdir, readdir, rename, rmdir, unlink } = real
  return {
    ...real,
    access: inTurn(access),
    link: inTurn(link),
    mkdir: inTurn(mkdir),
    readdir: inTurn(readdir as (path: string) => Promise<string[]>),
    rename: inTurn(rename),
    rmdir: inTurn(rmdir),
    unlink: inTurn(unlink),
  }
})

vi.mock('../src/io.js', async (original) => {
  const real = await original<typeof import('../src/io.js')>()
  const { open } = real.File
  real.File.open = async (path, flags) => {
    await steps?.turn()
    return open.call(real.File, path, flags)
  }
  return real
})

const KEY = 'k'
const NOW = 2_000_000_000_000

const ACTIONS = [
  'put',
  'put if absent',
  'put if present',
  'put over what was read',
  'remove',
  'remove what was read',
  'read',
  'sweep',
] as const

type Action = (typeof ACTIONS)[number]

/** What is stored at first: what a sweep removes, what it leaves, or nothing. */
const BEGINNINGS = ['expired', 'live', 'nothing'] as const

/** So many steps an operation takes at most where nobody comes between. */
const MOST_STEPS = 13

const root = temporary()
let folders = 0

interface Scenario {
  readonly beginning: (typeof BEGINNINGS)[number]
  readonly programs: readonly (readonly Action[])[]
  /** Who goes on, and for how many steps: few changes find more than many. */
  readonly turns: readonly (readonly [client: number, steps: number])[]
  /** Which client dies, after how many steps. */
  readonly death: readonly [client: number, steps: number] | undefined
}

const scenarios: fc.Arbitrary<Scenario> = fc.record({
  beginning: fc.constantFrom(...BEGINNINGS),
  programs: fc.array(fc.array(fc.constantFrom(...ACTIONS), { minLength: 1, maxLength: 3 }), {
    minLength: 2,
    maxLength: 3,
  }),
  turns: fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 10 })), { maxLength: 10 }),
  death: fc.option(fc.tuple(fc.nat(2), fc.nat(12)), { nil: undefined }),
})

describe('whatever the order in which clients of different processes make their steps', () => {
  afterEach(() => {
    steps = undefined
  })

  test('some order of their calls explains all answers, also where one of them dies', async () => {
    await fc.assert(fc.asyncProperty(scenarios, holds), { numRuns: 120 })
  }, 120_000)

  test.each(['put if absent', 'put if present', 'sweep'] as const)(
    'another call as a whole comes between any two steps of a %s',
    async (first) => {
      for (const second of ['put', 'remove', 'put if absent'] as const) {
        for (const beginning of ['expired', 'live'] as const) {
          for (let steps = 1; steps <= MOST_STEPS; steps += 1) {
            await holds({
              beginning,
              programs: [[first], [second]],
              turns: [
                [0, steps],
                [1, MOST_STEPS],
              ],
              death: undefined,
            })
          }
        }
      }
    },
    120_000,
  )
})

async function holds({ beginning, programs, turns, death }: Scenario): Promise<void> {
  folders += 1
  const path = join(root, String(folders))
  const clock = manualClock(NOW)
  const open = (): FilesStore => stranger({ path, clock, sweepMs: Infinity })
  const stores = [...programs, []].map(open)
  const made = versions(clock, 1)
  const initial = new Map<string, string>()
  const first = stores[0]
  if (beginning !== 'nothing') {
    const ttlMs = beginning === 'live' ? 1000 : -1000
    await first?.write([{ key: KEY, ...entryOf('first', made.next(), NOW, ttlMs) }], newCall(NOW))
    if (beginning === 'live') initial.set(KEY, 'first')
  }
  // So that all are open, and what is made by opening comes before the first step.
  await Promise.all(stores.map((store) => store.read([KEY], newCall(NOW))))
  const history = recordHistory<string>()
  const each = turns.flatMap(([client, count]) => Array.from({ length: count }, () => client))
  steps = new Steps(each, new Map(death && [death]))
  await steps.run(
    programs.map((program, client) => () => {
      const store = stores[client]
      return store === undefined ? Promise.resolve() : new Client(store, client, history).run(program)
    }),
  )
  steps = undefined
  const last = stores.at(-1)
  await history.read(KEY, async () => (last === undefined ? undefined : textIn(await read(last))), { client: 'last' })
  const verdict = checkHistory(history.operations, { initial })
  await Promise.all(stores.map((store) => store.close()))
  rmSync(path, { recursive: true })
  expect(verdict.legal ? '' : verdict.text).toBe('')
}

class Client {
  readonly #store: FilesStore
  readonly #client: number
  readonly #history: HistoryRecorder<string>
  readonly #versions: ReturnType<typeof versions>
  #writes = 0
  #known: { readonly text: string; readonly version: Version } | undefined

  constructor(store: FilesStore, client: number, history: HistoryRecorder<string>) {
    this.#store = store
    this.#client = client
    this.#history = history
    this.#versions = versions(manualClock(NOW), client + 2)
  }

  async run(program: readonly Action[]): Promise<void> {
    for (const action of program) await this.#do(action)
  }

  async #do(action: Action): Promise<unknown> {
    const known = this.#known
    switch (action) {
      case 'put':
        return this.#put()
      case 'put if absent':
        return this.#put('absent', 'absent')
      case 'put if present':
        return this.#put('present', 'present')
      case 'put over what was read':
        return known === undefined ? this.#read() : this.#put({ version: known.version }, { value: known.text })
      case 'remove':
        return this.#remove()
      case 'remove what was read':
        return known === undefined ? this.#read() : this.#remove({ version: known.version }, { value: known.text })
      case 'read':
        return this.#read()
      case 'sweep':
        return this.#store.sweep()
    }
  }

  async #read(): Promise<unknown> {
    return this.#history.read(KEY, async () => textIn(this.#note(await read(this.#store))), { client: this.#client })
  }

  #note(found: Found | undefined): Found | undefined {
    const text = textIn(found)
    this.#known = found === undefined || text === undefined ? undefined : { text, version: found.version }
    return found
  }

  #put(when?: Change['when'], asked?: 'absent' | 'present' | { readonly value: string }): Promise<boolean> {
    this.#writes += 1
    const text = `${this.#client}.${this.#writes}`
    const change = { key: KEY, ...entryOf(text, this.#versions.next(), NOW, 1000), when }
    return this.#history.put(KEY, text, () => write(this.#store, change), { client: this.#client, when: asked })
  }

  #remove(when?: Change['when'], asked?: { readonly value: string }): Promise<boolean> {
    const change = { key: KEY, entry: undefined, version: this.#versions.next(), when }
    return this.#history.remove(KEY, () => write(this.#store, change), { client: this.#client, when: asked })
  }
}

async function write(store: FilesStore, change: Change): Promise<boolean> {
  const [done = false] = await store.write([change], newCall(NOW))
  return done
}

/** As the shell shows it. */
async function read(store: FilesStore): Promise<Found | undefined> {
  const [found] = await store.read([KEY], newCall(NOW))
  return found !== undefined && found.kind === 'value' && NOW < found.expiresAt ? found : undefined
}

function textIn(found: Found | undefined): string | undefined {
  return found?.value === undefined ? undefined : new TextDecoder().decode(found.value)
}
