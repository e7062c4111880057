import { CacheError, isCacheError } from '@cachette/core'
import {
  type BreakerStatus,
  type CircuitBreaker,
  type CircuitBreakerSettings,
  circuitBreaker,
} from '@cachette/middleware/circuit-breaker'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Bench, bench, turns } from './support/remote.js'

type Settings = Omit<CircuitBreakerSettings, 'failed'>

type Ending = 'good' | 'failed' | 'mistaken'

/** A call that has been let in and has not ended. */
interface Open {
  readonly era: number
  readonly begunAt: number
  end(ending: Ending): void
}

interface Mark {
  readonly at: number
  readonly kind: 'good' | 'slow' | 'failed'
}

/** How many slices a window of time has, and so how coarse it is. */
const SLICES = 10

/** What the breaker should be, told as plainly as can be: a list of all that counts, and what follows from it. */
class Model {
  status: BreakerStatus = 'closed'
  era = 0
  readonly open: Open[] = []
  readonly #settings: Settings
  #marks: Mark[] = []
  #openUntil = 0
  #isProbing = false
  #goodProbes = 0

  constructor(settings: Settings) {
    this.#settings = settings
  }

  admits(now: number): boolean {
    if (this.status === 'open' && now >= this.#openUntil) this.#become('half-open')
    if (this.status === 'half-open' && !this.#isProbing) {
      this.#isProbing = true
      return true
    }
    return this.status === 'closed'
  }

  ended({ era, begunAt }: Open, ending: Ending, now: number): void {
    if (era !== this.era) return
    const kind = ending === 'good' && now - begunAt > this.#settings.slowMs ? 'slow' : ending
    if (this.status === 'half-open') {
      this.#isProbing = false
      if (kind === 'failed' || kind === 'slow') this.trip(this.#settings.openMs, now)
      if (kind === 'good') this.#goodProbes += 1
      if (this.#goodProbes === this.#settings.probes) this.#become('closed')
      return
    }
    if (kind === 'mistaken') return
    this.#marks.push({ at: now, kind })
    if (kind === 'good') return
    const window = this.#window(now)
    const share = window.filter((mark) => mark.kind === kind).length / window.length
    const limit = kind === 'failed' ? this.#settings.failureRate : this.#settings.slowRate
    if (window.length >= this.#settings.minCalls && share >= limit) this.trip(this.#settings.openMs, now)
  }

  trip(openMs: number, now: number): void {
    this.#become('open')
    this.#openUntil = now + openMs
  }

  reset(): void {
    this.#become('closed')
  }

  #window(now: number): readonly Mark[] {
    const { windowCalls, windowMs } = this.#settings
    if (windowMs === Infinity) return this.#marks.slice(-windowCalls)
    const sliceOf = (at: number): number => Math.floor(at / (windowMs / SLICES))
    return this.#marks.filter(({ at }) => sliceOf(at) > sliceOf(now) - SLICES)
  }

  #become(status: BreakerStatus): void {
    this.status = status
    this.era += 1
    this.#isProbing = false
    this.#goodProbes = 0
    if (status === 'closed') this.#marks = []
  }
}

interface Real {
  readonly at: Bench
  readonly breaker: CircuitBreaker
  readonly changes: BreakerStatus[]
}

type Step = fc.AsyncCommand<Model, Real>

const check = (model: Model, { breaker, changes }: Real): void => {
  expect(breaker.status).toBe(model.status)
  expect(changes.at(-1) ?? 'closed').toBe(model.status)
}

/** A call comes: it is let in, and waits for its answer, or is turned away at once. */
const call: Step = {
  check: () => true,
  toString: () => 'call',
  async run(model, real) {
    const { at } = real
    let end: (ending: Ending) => void = () => undefined
    at.remote.meets = () => ({
      before: () =>
        new Promise<void>((resolve, reject) => {
          end = (ending) => {
            if (ending === 'failed') reject(new CacheError('UNAVAILABLE', 'away'))
            else if (ending === 'mistaken') reject(new CacheError('TOO_LARGE', 'the caller did it'))
            else resolve()
          }
        }),
    })
    const isAdmitted = model.admits(at.clock.now())
    let isRejected = false
    try {
      Promise.resolve(at.store.read(['a'], at.call({ deadline: Infinity }))).catch(() => undefined)
    } catch (error) {
      isRejected = isCacheError(error) && error.code === 'REJECTED' && error.retry === 'exhausted'
    }
    expect(isRejected).toBe(!isAdmitted)
    if (isAdmitted) model.open.push({ era: model.era, begunAt: at.clock.now(), end: (ending) => end(ending) })
    check(model, real)
  },
}

/** One of the calls under way ends. */
const end = (which: number, ending: Ending): Step => ({
  check: ({ open }) => open.length > 0,
  toString: () => `end ${which} ${ending}`,
  async run(model, real) {
    const [one] = model.open.splice(which % model.open.length, 1)
    if (one === undefined) return
    one.end(ending)
    await turns()
    model.ended(one, ending, real.at.clock.now())
    check(model, real)
  },
})

const pass = (ms: number): Step => ({
  check: () => true,
  toString: () => `pass ${ms}`,
  async run(_, { at }) {
    at.clock.advance(ms)
  },
})

const trip = (ms: number): Step => ({
  check: () => true,
  toString: () => `trip ${ms}`,
  async run(model, real) {
    model.trip(ms, real.at.clock.now())
    real.breaker.trip(ms)
    check(model, real)
  },
})

const reset: Step = {
  check: () => true,
  toString: () => 'reset',
  async run(model, real) {
    model.reset()
    real.breaker.reset()
    check(model, real)
  },
}

/** A call that nobody else comes between. */
const whole = (ms: number, ending: Ending): Step => ({
  check: () => true,
  toString: () => `call for ${ms} that ends ${ending}`,
  async run(model, real) {
    const before = model.open.length
    await call.run(model, real)
    await pass(ms).run(model, real)
    if (model.open.length > before) await end(before, ending).run(model, real)
  },
})

const settings: fc.Arbitrary<Settings> = fc.record({
  failureRate: fc.constantFrom(0.25, 0.5, 1),
  slowMs: fc.constantFrom(30, Infinity),
  slowRate: fc.constantFrom(0.5, 1),
  minCalls: fc.integer({ min: 1, max: 4 }),
  windowCalls: fc.integer({ min: 4, max: 8 }),
  windowMs: fc.constantFrom(100, Infinity),
  openMs: fc.constantFrom(50, 120),
  probes: fc.integer({ min: 1, max: 3 }),
})

const endings = fc.constantFrom<Ending>('good', 'good', 'failed', 'failed', 'mistaken')

const steps = [
  fc.constant(call),
  fc.tuple(fc.constantFrom(0, 31), endings).map(([ms, ending]) => whole(ms, ending)),
  fc.tuple(fc.nat(5), endings).map(([which, ending]) => end(which, ending)),
  fc.tuple(fc.nat(5), endings).map(([which, ending]) => end(which, ending)),
  fc.constantFrom(1, 10, 31, 50, 119, 120).map(pass),
  fc.constantFrom(10, 200).map(trip),
  fc.constant(reset),
]

it('is in the state in which its model is, whatever comes in whatever order', async () => {
  const causes = new Set<string>()
  await fc.assert(
    fc.asyncProperty(settings, fc.commands(steps, { maxCommands: 60, size: 'max' }), async (options, commands) => {
      const breaker = circuitBreaker(options)
      const changes: BreakerStatus[] = []
      breaker.onChange(({ from, to, cause }) => {
        causes.add(cause)
        expect(from).toBe(changes.at(-1) ?? 'closed')
        changes.push(to)
      })
      const at = bench([breaker])
      // It knows the time by the calls that it gets.
      await at.store.read(['a'], at.call())
      breaker.reset()
      await fc.asyncModelRun(() => ({ model: new Model(options), real: { at, breaker, changes } }), commands)
    }),
    { numRuns: 300 },
  )
  expect([...causes].sort()).toEqual(['failures', 'probe', 'reset', 'slowness', 'time', 'trip'])
})
