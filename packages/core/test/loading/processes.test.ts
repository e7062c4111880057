import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { manualClock } from '../../src/clock.js'
import type { CacheError } from '../../src/errors.js'
import { type Process, processOf, refuseUnhandled } from '../support/caches.js'
import { type Deferred, deferred, stateOf, turns } from '../support/deferred.js'
import { NOW } from '../support/entries.js'
import { Server } from '../support/server.js'

refuseUnhandled()

const LIFETIMES = { ttlMs: 4_000, freshMs: 1_500, graceMs: 6_000 }

/** Two processes that load one key, and one that changes it, over a server whose every step the test takes. */
class World {
  readonly server = new Server()
  readonly clock = manualClock(NOW)
  readonly loading = ['a', 'b'].map((name) => this.#process(name))
  readonly changing = this.#process('c')
  /** What each caller was given: a value, or why not. */
  readonly calls: Promise<string>[] = []
  /** For each run of a loader: what it gives, how far the server was, and its end. */
  readonly runs: {
    readonly value: string
    readonly by: string
    readonly asked: number
    readonly end: Deferred<string>
  }[] = []

  #process(name: string): Process<string> & { readonly name: string } {
    const process = processOf<string>(this.server, LIFETIMES, { clock: this.clock, name })
    process.store.held = true
    process.store.slowAnswers = true
    return { ...process, name }
  }

  load(process: number): void {
    const { cache, name } = this.loading[process] ?? this.changing
    const load = (): Promise<string> => {
      const run = {
        value: `loaded ${this.runs.length}`,
        by: name,
        asked: this.server.effects.length,
        end: deferred<string>(),
      }
      this.runs.push(run)
      return run.end.promise
    }
    const got = cache.getOrSet('k', load, { softDeadlineMs: 700 })
    this.calls.push(got.catch((error: Error) => error.message))
  }

  /** Everything that can happen next. */
  steps(): (() => unknown)[] {
    const { cache } = this.changing
    const pending = [...this.loading, this.changing].flatMap(({ store }) =>
      store.pending.map((call) => () => {
        store.pending.splice(store.pending.indexOf(call), 1)
        call.settle()
      }),
    )
    const ends = this.runs.flatMap(({ value, end }) => [
      () => end.resolve(value),
      () => end.reject(new Error('the source is down')),
    ])
    return [
      ...pending,
      ...pending,
      ...ends,
      () => this.load(0),
      () => this.load(1),
      () => cache.set('k', 'set').catch(late),
      () => cache.delete('k').catch(late),
      () => this.clock.advance(350),
    ]
  }

  /** All that was begun comes to its end. */
  async finish(): Promise<void> {
    for (let left = 200; left > 0; left -= 1) {
      for (const { value, end } of this.runs) end.resolve(value)
      for (const { store } of [...this.loading, this.changing]) await store.settleAll()
      this.clock.advance(200)
    }
  }
}

/** What took longer than its deadline may still take effect: nothing is to be expected of it. */
const late = (error: CacheError): void => expect(error.code).toBe('TIMEOUT')

describe('two processes that load a key which a third one changes', () => {
  it('never store what was loaded before something else was done to the key', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { minLength: 10, maxLength: 60 }), async (choices) => {
        const world = new World()
        world.load(0)
        for (const choice of choices) {
          const steps = world.steps()
          steps[choice % steps.length]?.()
          await turns()
        }
        await world.finish()

        for (const { value, by, asked } of world.runs) {
          const landed = world.server.effects.findIndex(({ text }) => text === value)
          const since = landed < 0 ? [] : world.server.effects.slice(asked, landed)
          expect(since.filter((effect) => effect.by !== by || effect.kind !== 'lease')).toEqual([])
        }
        for (const call of world.calls) {
          expect(await stateOf(call)).toBe('fulfilled')
          expect(await call).toMatch(/^(loaded \d+|set|the source is down)$/)
        }
        const live = [...world.server.values()].filter(({ expiresAt }) => world.clock.now() < expiresAt)
        expect(live.filter(({ kind }) => kind === 'lease')).toEqual([])
      }),
      { numRuns: 150 },
    )
  })
})
