import type { Clock } from '@cachette/core'
import { fits } from './answers.js'
import { misfit } from './fence.js'
import type { Request } from './question.js'
import { type Command, LOST, type Wire } from './wire.js'

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
  const answers = wire.send(commandsOf(requests))
  const copied = enough === undefined || !requests.some(isWrite) ? undefined : copies(wire, enough)
  copied?.catch(() => undefined)
  const timer = deadline(requests, wire, clock)
  let left = requests.length
  const settle = (): void => {
    left -= 1
    if (left === 0) timer?.cancel()
  }
  let at = 0
  for (const request of requests) {
    const { waiting } = request
    // What says that the next command comes by way of another server is answered too.
    if (waiting.terms.isAsking === true) {
      answers[at]?.catch(() => undefined)
      at += 1
    }
    const answer = answers[at]
    at += 1
    const whole = copied !== undefined && isWrite(request) ? answer?.then((given) => copied.then(() => given)) : answer
    whole?.then(
      (given) => {
        settle()
        if (!fits(given, request.command)) wire.cut(misfit('an answer came that is none to what was asked'))
        // What came just before an answer that makes no sense may be as wrong.
        if (wire.fault === undefined) waiting.answered(given)
        else waiting.failed(wire.fault, true, clock.now())
      },
      (error: unknown) => {
        settle()
        waiting.failed(error, true, clock.now())
      },
    )
  }
}

function commandsOf(requests: readonly Request[]): Command[] {
  const commands: Command[] = []
  for (const { command, waiting } of requests) {
    if (waiting.terms.isAsking === true) commands.push(ASKING)
    commands.push(command)
  }
  return commands
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
