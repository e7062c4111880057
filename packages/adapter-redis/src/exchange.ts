import type { Clock } from '@cachette/core'
import { fits } from './answers.js'
import type { Command } from './command.js'
import { misfit } from './fence.js'
import type { Request } from './question.js'
import { type Ask, type Hearer, LOST, NOBODY, type Wire } from './wire.js'

/** Writes that count once so many replicas have them. */
export interface Replicas {
  readonly replicas: number
  readonly timeoutMs: number
}

const ASKING: Command = ['ASKING']

/**
 * Sends all of it in one piece and hands out the answers. A connection that owes one past its deadline is given up,
 * with everything else that waits on it: what it may still bring would belong to nobody.
 */
export function exchange(requests: readonly Request[], wire: Wire, clock: Clock, enough: Replicas | undefined): void {
  let left = requests.length
  let copied: Promise<void> | undefined
  const settle = (): void => {
    left -= 1
    if (left === 0) timer?.cancel()
  }
  const hearerOf = (request: Request): Hearer => {
    const { waiting, command } = request
    const failed = (error: unknown): void => {
      settle()
      waiting.failed(error, true, clock.now())
    }
    const answered = (given: unknown): void => {
      if (!fits(given, command)) wire.cut(misfit('an answer came that is none to what was asked'))
      // What came just before an answer that makes no sense may be as wrong.
      if (wire.fault === undefined) {
        settle()
        waiting.answered(given)
      } else failed(wire.fault)
    }
    if (enough === undefined || !isWrite(request)) return { answered, failed }
    return { answered: (given) => void copied?.then(() => answered(given), failed), failed }
  }
  wire.post(requests.flatMap((request) => asksFor(request, hearerOf(request))))
  if (enough !== undefined && requests.some(isWrite)) {
    copied = copies(wire, enough)
    copied.catch(() => undefined)
  }
  const timer = deadline(requests, wire, clock)
}

/** What says that the next command comes by way of another server is answered too, and nobody needs that. */
function asksFor({ command, waiting }: Request, hearer: Hearer): Ask[] {
  return waiting.terms.isAsking === true
    ? [
        { command: ASKING, hearer: NOBODY },
        { command, hearer },
      ]
    : [{ command, hearer }]
}

/** One timer for all of them, for the soonest. */
function deadline(requests: readonly Request[], wire: Wire, clock: Clock): { cancel(): void } | undefined {
  const until = requests.reduce((soonest, { waiting }) => Math.min(soonest, waiting.terms.until), Infinity)
  if (until === Infinity) return undefined
  return clock.setTimer(until - clock.now(), () => wire.cut(new Error(LOST)), { background: true })
}

function isWrite({ waiting }: Request): boolean {
  return waiting.terms.operation === 'write'
}

/** Settles once the replicas have what was sent before. */
async function copies(wire: Wire, { replicas, timeoutMs }: Replicas): Promise<void> {
  const [answer] = wire.send([['WAIT', replicas, timeoutMs]])
  const count = Number(await answer)
  if (count < replicas) throw new Error(`Too few replicas: expected ${replicas} to have it in time, got ${count}`)
}
