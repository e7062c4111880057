import { type BusListener, type BusMessage, type GapReason, systemClock } from '@cachette/core'

export type Heard =
  | { readonly message: BusMessage; readonly from: string }
  | { readonly gap: GapReason; readonly since: number }

/** Remembers what it hears, and lets others wait for it. */
export class Ear implements BusListener {
  readonly heard: Heard[] = []
  readonly #waiting = new Set<() => void>()
  readonly #patienceMs: number

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs
  }

  message(message: BusMessage, from: string): void {
    this.#add({ message, from })
  }

  gap({ reason, since }: { readonly reason: GapReason; readonly since: number }): void {
    this.#add({ gap: reason, since })
  }

  /** Everything so far, once there is something that is as wanted. */
  async until(isWanted: (heard: Heard) => boolean): Promise<readonly Heard[]> {
    let isLate = false
    const late = (): void => {
      isLate = true
      this.#wake()
    }
    const timer = systemClock.setTimer(this.#patienceMs, late)
    while (!this.heard.some(isWanted)) {
      if (isLate) throw new Error(`expected to hear more within ${this.#patienceMs} ms, heard ${shown(this.heard)}`)
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
    timer.cancel()
    return this.heard
  }

  /** Once it has heard of a key. */
  untilKey(name: string): Promise<readonly Heard[]> {
    return this.until((heard) => keyIn(heard) === name)
  }

  #add(heard: Heard): void {
    this.heard.push(heard)
    this.#wake()
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake()
    this.#waiting.clear()
  }
}

function shown(heard: readonly Heard[]): string {
  return heard.length === 0 ? 'nothing' : JSON.stringify(heard.slice(-3))
}

export function keyIn(heard: Heard): string | undefined {
  if ('gap' in heard || heard.message.type !== 'invalidate') return undefined
  return heard.message.changes[0]?.name
}

export const changed = (name: string): BusMessage => ({ type: 'invalidate', changes: [{ scope: 'key', name }] })
