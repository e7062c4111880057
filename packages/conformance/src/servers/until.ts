import { CacheError, systemClock } from '@cachette/core'

export interface Waiting {
  readonly withinMs: number
  /** What is known when the time is over: the end of a log. */
  readonly log?: (() => string) | undefined
}

/** Between two looks: servers tell nobody when something has happened to them. */
const LOOK_AGAIN_MS = 15

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void systemClock.setTimer(ms, resolve))
}

/** Looks again and again until there is something other than `undefined`. A look that fails has seen nothing. */
export async function until<T>(what: string, look: () => Promise<T | undefined>, waiting: Waiting): Promise<T> {
  const { withinMs, log } = waiting
  const end = performance.now() + withinMs
  let last: unknown
  for (;;) {
    try {
      const seen = await look()
      if (seen !== undefined) return seen
      last = undefined
    } catch (error) {
      if (error instanceof Hopeless) throw error.reason
      last = error
    }
    if (performance.now() >= end) throw tooLate(`${what}: not within ${withinMs} ms`, log?.() ?? '', last)
    await pause(LOOK_AGAIN_MS)
  }
}

/** Thrown by a look after which no other makes sense. */
export class Hopeless extends Error {
  readonly reason: Error

  constructor(reason: Error) {
    super(reason.message)
    this.reason = reason
  }
}

/** The work, or a failure when its time is over. The work itself goes on. */
export async function within<T>(what: string, work: Promise<T>, waiting: Waiting): Promise<T> {
  const { withinMs, log } = waiting
  return new Promise<T>((resolve, reject) => {
    const timer = systemClock.setTimer(withinMs, () =>
      reject(tooLate(`${what}: not within ${withinMs} ms`, log?.() ?? '')),
    )
    work.then(resolve, reject).finally(() => timer.cancel())
  })
}

function tooLate(message: string, log: string, cause?: unknown): CacheError {
  return new CacheError('TIMEOUT', withLog(cause instanceof Error ? `${message} (${cause.message})` : message, log), {
    retry: 'no',
    cause,
  })
}

export function failed(message: string, log = ''): CacheError {
  return new CacheError('UNAVAILABLE', withLog(message, log), { retry: 'no' })
}

function withLog(message: string, log: string): string {
  return log.trim() === '' ? message : `${message}\nThe end of its log:\n${log.trim()}`
}
