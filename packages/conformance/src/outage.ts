import { type Awaitable, CacheError, type Call, type Clock } from '@cachette/core'
import type { Fault } from './subject.js'

/** How long a slow backend takes. */
const SLOW_MS = 700

/** A backend that fails in one way at a time, as the faults of a subject name them; for stores in this process. */
export class Outage {
  fault: Fault | undefined

  /** What an adapter makes of a call while the fault lasts. Nothing here waits longer than the call's deadline. */
  reach<T>(fault: Fault, clock: Clock, call: Call, work: () => Awaitable<T>): Awaitable<T> {
    switch (fault) {
      case 'refuse':
        throw new CacheError('UNAVAILABLE', 'the connection was refused')
      case 'silence':
        return later(clock, call.deadline - clock.now(), () => {
          throw new CacheError('TIMEOUT', 'no answer came', { outcome: 'unknown' })
        })
      case 'cut':
        throw new CacheError('UNAVAILABLE', 'the connection was cut before an answer came', { outcome: 'unknown' })
      case 'half':
        return cutAfter(work)
      case 'slow':
        return later(clock, SLOW_MS, work)
      case 'rubbish':
        throw new CacheError('BACKEND', 'the answer is not of the protocol', { outcome: 'unknown' })
    }
  }
}

/** The work was done, but its answer did not arrive whole. */
async function cutAfter<T>(work: () => Awaitable<T>): Promise<T> {
  await work()
  throw new CacheError('UNAVAILABLE', 'the connection was cut within an answer', { outcome: 'unknown' })
}

function later<T>(clock: Clock, delayMs: number, work: () => Awaitable<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    if (delayMs === Number.POSITIVE_INFINITY) return
    clock.setTimer(delayMs, () => {
      Promise.resolve().then(work).then(resolve, reject)
    })
  })
}
