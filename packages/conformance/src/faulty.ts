import { type Awaitable, isCacheError, systemClock } from '@cachette/core'
import type { Check, CheckContext, Trial } from './check.js'
import { broken, hooked } from './expect.js'
import { messageOf } from './failure.js'
import { brief } from './format.js'
import { type Settled, settled } from './ready.js'
import { FAULTS, type Fault } from './subject.js'

/** What every call to a failing backend is given, and how the clock is moved meanwhile. */
export const BUDGET_MS = 1_000
const STEP_MS = 100

/** A real backend needs real time to refuse, to cut and to come back. */
const PAUSE_MS = 2

/** Tries a check once for each fault that the subject knows; whatever happens, the backend is healed after it. */
export function underEachFault(title: string, applies: Check['applies'], tryIt: TryFault): Omit<Check, 'law'> {
  return {
    title,
    applies,
    run: async (context) => {
      for (const fault of context.subject.faults ?? FAULTS) {
        await context.example(async (trial) => {
          const outage: OutageControl = {
            fault,
            begin: () =>
              toggle(trial, `await subject.breakBackend('${fault}')`, () => context.subject.breakBackend?.(fault)),
            end: () => toggle(trial, 'await subject.healBackend()', () => context.subject.healBackend?.()),
          }
          try {
            await tryIt(trial, outage, context)
          } finally {
            await context.subject.healBackend?.()
          }
        })
      }
    },
  }
}

export type TryFault = (trial: Trial, outage: OutageControl, context: CheckContext) => Promise<void>

interface OutageControl {
  readonly fault: Fault
  begin(): Promise<void>
  end(): Promise<void>
}

async function toggle(trial: Trial, code: string, work: () => Awaitable<void> | undefined): Promise<void> {
  trial.note(code)
  await work()
}

export const whenItBreaks: Check['applies'] = hooked('breakBackend', 'healBackend')

/**
 * What the call comes to while time goes on, to its deadline and a little further. A call that is still under way then
 * breaks the law.
 */
export async function inTime<T>(
  trial: Trial,
  what: string,
  call: () => Awaitable<T>,
  pauseMs = PAUSE_MS,
): Promise<Settled<T>> {
  let outcome: Settled<T> | undefined
  const work = settled(call).then((result) => {
    outcome = result
  })
  for (let passed = 0; outcome === undefined && passed <= BUDGET_MS + STEP_MS; passed += STEP_MS) {
    await Promise.race([work, pause(pauseMs)])
    if (outcome === undefined) trial.clock.advance(STEP_MS)
  }
  await Promise.race([work, pause(pauseMs)])
  return outcome ?? broken(`${what} to settle within its deadline of ${BUDGET_MS} ms`, 'no answer')
}

/** How often a store may fail after its backend is back, while it connects anew. */
const ATTEMPTS = 25

/** Calls again, as people do, until it has an answer; each time with more real time, since the machine may be busy. */
export async function untilItWorks(trial: Trial, verb: string, call: () => Awaitable<unknown>): Promise<void> {
  let failure: unknown
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const outcome = await inTime(trial, verb, call, PAUSE_MS * (attempt + 1))
    if ('value' in outcome) return
    failure = outcome.error
    trial.clock.advance(BUDGET_MS)
    await pause()
  }
  broken(`a ${verb} to work again when the backend is back`, `after ${ATTEMPTS} attempts still ${messageOf(failure)}`)
}

/** A failure must be one of core's errors; what it says of them is for whoever has to act on it. */
export function expectTyped(outcome: Settled<unknown>, what: string): void {
  if ('value' in outcome || isCacheError(outcome.error)) return
  broken(`${what} to fail with a CacheError`, brief(outcome.error))
}

function pause(ms = PAUSE_MS): Promise<void> {
  return new Promise((resolve) => void systemClock.setTimer(ms, resolve))
}

export function budget(trial: Trial): { readonly deadline: number } {
  return { deadline: trial.clock.now() + BUDGET_MS }
}
