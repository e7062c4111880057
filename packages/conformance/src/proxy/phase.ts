import type { Clock } from '@cachette/core'
import type { StrikingFault } from './faults.js'

/** The time between two changes of what a proxy does; without a fault, it does nothing. */
export class Phase {
  readonly fault: StrikingFault | undefined
  /** Tells phases of one proxy apart. */
  readonly number: number
  readonly #clock: Clock
  readonly #over = new Set<() => void>()
  #strikes = 0
  #isOver = false

  constructor(clock: Clock, number: number, fault?: StrikingFault) {
    this.#clock = clock
    this.number = number
    this.fault = fault
  }

  /** Takes one of the connections that may be struck; false if there are none left. */
  strike(): boolean {
    const { times = Infinity } = this.fault ?? { times: 0 }
    if (this.#strikes >= times) return false
    this.#strikes += 1
    return true
  }

  /** Until the time has passed, or the phase is over, or somebody calls what `leaves` is given. */
  wait(ms: number, leaves: Set<() => void>): Promise<void> {
    if (this.#isOver) return Promise.resolve()
    return new Promise((resolve) => {
      const leave = (): void => {
        timer?.cancel()
        this.#over.delete(leave)
        leaves.delete(leave)
        resolve()
      }
      const timer = ms === Infinity ? undefined : this.#clock.setTimer(ms, leave)
      this.#over.add(leave)
      leaves.add(leave)
    })
  }

  end(): void {
    this.#isOver = true
    for (const leave of [...this.#over]) leave()
  }
}
