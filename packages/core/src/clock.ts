/** Time has one owner: everything that needs to know it, or to wait, is handed a clock. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Runs once after the delay. A `background` timer does not keep the process alive. */
  setTimer(delayMs: number, run: () => void, options?: { readonly background?: boolean }): Timer
}

export interface Timer {
  cancel(): void
}

/** The longest delay that every runtime's `setTimeout` takes; a longer one would fire at once, so it is cut up. */
const MAX_DELAY_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(delayMs, run, options) {
    let handle: unknown
    const arm = (leftMs: number): void => {
      const next = leftMs > MAX_DELAY_MS ? () => arm(leftMs - MAX_DELAY_MS) : run
      handle = setTimeout(next, Math.min(Math.max(leftMs, 0), MAX_DELAY_MS))
      if (options?.background === true && hasUnref(handle)) handle.unref()
    }
    arm(delayMs)
    return { cancel: () => clearTimeout(handle as Parameters<typeof clearTimeout>[0]) }
  },
}

/** Node, Bun and Deno give an object that can be detached; browsers give a number. */
function hasUnref(handle: unknown): handle is { unref(): void } {
  return typeof handle === 'object' && handle !== null && 'unref' in handle
}

/** A clock that stands still until it is told to move, so that tests never sleep. */
export interface ManualClock extends Clock {
  /** Moves time on, running what falls due in order, each at its own time. */
  advance(byMs: number): void
  /** Moves time on to the next timer and runs it; false when there is none. */
  runNext(): boolean
  readonly pending: number
}

interface Waiting {
  readonly at: number
  readonly run: () => void
}

export function manualClock(startAt = 1_700_000_000_000): ManualClock {
  let time = startAt
  const waiting = new Set<Waiting>()

  const next = (): Waiting | undefined => {
    let soonest: Waiting | undefined
    for (const timer of waiting) if (soonest === undefined || timer.at < soonest.at) soonest = timer
    return soonest
  }
  const run = (timer: Waiting): void => {
    waiting.delete(timer)
    time = Math.max(time, timer.at)
    timer.run()
  }

  return {
    now: () => time,
    setTimer(delayMs, task) {
      const timer = { at: time + Math.max(delayMs, 0), run: task }
      waiting.add(timer)
      return { cancel: () => void waiting.delete(timer) }
    },
    advance(byMs) {
      const end = time + byMs
      for (let timer = next(); timer !== undefined && timer.at <= end; timer = next()) run(timer)
      time = end
    },
    runNext() {
      const timer = next()
      if (timer !== undefined) run(timer)
      return timer !== undefined
    },
    get pending() {
      return waiting.size
    },
  }
}
